{# The records behind each difference, at most so many of each cause. #}
{% set at_most = 5 %}

with totals as (
    select * from {{ ref('fct_control_totals') }}
    where difference_value != 0
),

customer_months as (
    select * from {{ ref('int_billing_customer_months') }}
),

movements as (
    select * from {{ ref('int_mrr_movements_classified') }}
    where not is_scheduled and not is_opening
),

customers as (
    select * from {{ billing('customers') }}
),

account_identifiers as (
    select * from {{ ref('int_account_identifiers') }}
    where
        identifier_type = 'billing_customer_id'
        and identifier_namespace = '{{ var("billing_source") }}'
),

-- the vendor tells what the rate did to all customers together: of one it is all
drifting as (
    select
        totals.control_total_id,
        'exchange_rate' as cause,
        customer_months.billing_customer_uuid,
        case
            when count(*) over (partition by totals.control_total_id) = 1
                then totals.exchange_rate_value
        end as amount,
    from totals
    inner join customer_months
        on totals.period_start = customer_months.period_start
        and customer_months.is_in_other_currency
        and customer_months.mrr_amount > 0
    where totals.metric = 'mrr' and totals.exchange_rate_value != 0
),

older as (
    select
        totals.control_total_id,
        'history' as cause,
        customer_months.billing_customer_uuid,
        customer_months.opening_amount as amount,
    from totals
    inner join customer_months
        on totals.period_start = customer_months.period_start
        and customer_months.opening_amount != 0
    where totals.history_value != 0
),

discounted as (
    select
        totals.control_total_id,
        'setting' as cause,
        customer_months.billing_customer_uuid,
        1 as amount,
    from totals
    inner join customer_months
        on totals.period_start = customer_months.period_start
        and customer_months.is_active
        and customer_months.mrr_amount <= 0
        and not customer_months.is_paying_otherwise
    where totals.setting_value != 0
),

-- who may be behind what nothing explains: customers of whom the vendor's own record
-- says something else, and those who made such a movement in the month
suspected as (
    select
        totals.control_total_id,
        'unexplained' as cause,
        customer_months.billing_customer_uuid,
        customer_months.stated_mrr_amount - customer_months.mrr_amount as amount,
    from totals
    inner join customer_months
        on totals.period_start = customer_months.period_start
    where
        not totals.is_explained
        and (
            totals.metric = 'mrr'
            and customer_months.stated_mrr_amount != customer_months.mrr_amount
            or totals.metric = 'customers'
            and (customer_months.stated_status in ('active', 'past_due'))
            != customer_months.is_active
        )
    union all
    select
        totals.control_total_id,
        'unexplained' as cause,
        movements.billing_customer_uuid,
        sum(movements.vendor_mrr_change_amount) as amount,
    from totals
    inner join movements
        on totals.period_start = movements.period_start
        and totals.metric = 'mrr_' || replace(
            movements.vendor_movement_type, 'new_biz', 'new'
        )
    where not totals.is_explained
    group by all
),

named as (
    select * from drifting
    union all
    select * from older
    union all
    select * from discounted
    union all
    select * from suspected
),

ranked as (
    select
        *,
        row_number() over (
            partition by control_total_id, cause
            order by abs(amount) desc nulls last, billing_customer_uuid asc
        ) as record_number,
    from named
),

final as (
    select
        md5(
            concat_ws(
                '|', ranked.control_total_id, ranked.cause, ranked.billing_customer_uuid
            )
        ) as control_total_record_id,
        ranked.control_total_id,
        totals.source,
        totals.metric,
        totals.period_start,
        ranked.cause,
        ranked.billing_customer_uuid as record_id,
        account_identifiers.account_id,
        cast(ranked.amount as decimal(18, 2)) as amount,
    from ranked
    inner join totals
        on ranked.control_total_id = totals.control_total_id
    left join customers
        on ranked.billing_customer_uuid = customers.billing_customer_uuid
    left join account_identifiers
        on customers.billing_customer_id = account_identifiers.identifier_value
    where ranked.record_number <= {{ at_most }}
)

select * from final
