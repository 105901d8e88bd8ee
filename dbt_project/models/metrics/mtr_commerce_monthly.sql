{% set about_orders = [
    {'name': 'orders', 'numerator': 'count(*)', 'sample': 'count(*)'},
    {
        'name': 'order_revenue',
        'numerator': 'sum(order_amount)',
        'sample': 'count(order_amount)',
    },
    {
        'name': 'average_order_value',
        'numerator': 'sum(order_amount)',
        'denominator': 'count(order_amount)',
        'squares': 'sum(cast(order_amount as decimal(19, 4)) * order_amount)',
        'sample': 'count(order_amount)',
    },
    {
        'name': 'buyers',
        'numerator': 'count(distinct customer_id)',
        'sample': 'count(distinct customer_id)',
    },
    {
        'name': 'repeat_order_rate',
        'numerator': 'count(*) filter (where order_number > 1)',
        'denominator': 'count(order_number)',
        'sample': 'count(order_number)',
    },
    {
        'name': 'seconds_between_orders_median',
        'numerator': 'median(seconds_since_previous)',
        'sample': 'count(seconds_since_previous)',
    },
] %}
{% set about_invoices = [
    {
        'name': 'refund_rate',
        'numerator': 'sum(refunded_amount)',
        'denominator': 'sum(paid_amount)',
        'sample': 'count(paid_amount)',
    },
] %}
{% for moment in ['invoiced', 'paid', 'refunded'] %}
{% do about_invoices.append({
    'name': moment ~ '_amount',
    'numerator': 'sum(' ~ moment ~ '_amount)',
    'sample': 'count(' ~ moment ~ '_amount)',
}) %}
{% endfor %}
{% set about_payments = [
    {
        'name': 'payment_failure_rate',
        'numerator': "count(*) filter (where touchpoint = 'payment_failed')",
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
] %}

with customers as (
    select
        customer_id,
        is_internal,
        coalesce(acquisition_channel, 'direct') as channel,
        coalesce(persona, 'unknown') as persona,
    from {{ ref('dim_customers') }}
),

orders_counted as (
    select
        orders.customer_id,
        orders.occurred_at,
        orders.order_id,
        coalesce(customers.channel, 'direct') as channel,
        coalesce(customers.persona, 'unknown') as persona,
        {{ in_reported_currency(
            'orders.order_amount', 'orders.currency_code', business_date('orders.occurred_at')
        ) }} as order_amount,
        {{ business_month('orders.occurred_at') }} as period_start,
    from {{ ref('fct_orders') }} as orders
    left join customers
        on orders.customer_id = customers.customer_id
    where not coalesce(customers.is_internal, false)
),

-- whose order it is must be known to say whether it is the first
orders_numbered as (
    select
        *,
        case
            when customer_id is not null
                then row_number() over (
                    partition by customer_id order by occurred_at, order_id
                )
        end as order_number,
        case
            when customer_id is not null
                then {{ seconds_between(
                    'lag(occurred_at) over '
                    '(partition by customer_id order by occurred_at, order_id)',
                    'occurred_at'
                ) }}
        end as seconds_since_previous,
    from orders_counted
),

accounts as (
    select
        account_id,
        coalesce(acquisition_channel, 'direct') as channel,
    from {{ ref('dim_accounts') }}
),

invoices as (
    select
        coalesce(accounts.channel, 'direct') as channel,
        {{ in_reported_currency(
            'invoices.net_amount', 'invoices.currency_code', business_date('invoices.occurred_at')
        ) }} as invoiced_amount,
        {{ in_reported_currency(
            'invoices.paid_amount', 'invoices.currency_code', business_date('invoices.occurred_at')
        ) }} as paid_amount,
        {{ in_reported_currency(
            'invoices.refunded_amount', 'invoices.currency_code', business_date('invoices.occurred_at')
        ) }} as refunded_amount,
        {{ business_month('invoices.occurred_at') }} as period_start,
    from {{ ref('fct_invoices') }} as invoices
    left join accounts
        on invoices.account_id = accounts.account_id
),

payments as (
    select
        payments.touchpoint,
        coalesce(accounts.channel, 'direct') as channel,
        {{ business_month('payments.occurred_at') }} as period_start,
    from {{ ref('fct_touchpoints') }} as payments
    left join accounts
        on payments.account_id = accounts.account_id
    where
        payments.touchpoint in (
            'payment_failed', 'payment_succeeded', 'first_payment_succeeded'
        )
),

measured as (
    {{ metric_rows('orders_numbered', about_orders, by=['channel', 'persona']) }}
    union all
    {{ metric_rows('invoices', about_invoices, by=['channel']) }}
    union all
    {{ metric_rows('payments', about_payments, by=['channel']) }}
),

final as (
    select * from measured
    where sample_size > 0
)

select * from final
