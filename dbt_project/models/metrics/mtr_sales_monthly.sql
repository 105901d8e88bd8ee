{% set about_opened = [
    {'name': 'deals_opened', 'numerator': 'count(*)', 'sample': 'count(*)'},
] %}
{% set about_closed = [
    {
        'name': 'deals_won',
        'numerator': 'count(*) filter (where is_won)',
        'sample': 'count(*)',
    },
    {
        'name': 'deal_win_rate',
        'numerator': 'count(*) filter (where is_won)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
    {
        'name': 'deal_won_amount',
        'numerator': 'sum(deal_amount)',
        'sample': 'count(deal_amount)',
        'where': 'is_won',
    },
    {
        'name': 'deal_seconds_to_close_median',
        'numerator': 'median(seconds_to_close)',
        'sample': 'count(seconds_to_close)',
    },
] %}
{% set about_bookings = [
    {'name': 'bookings', 'numerator': 'count(*)', 'sample': 'count(*)'},
    {
        'name': 'booking_lead_seconds_median',
        'numerator': 'median(lead_seconds)',
        'sample': 'count(lead_seconds)',
    },
] %}
{% set about_sessions = [] %}
{% for metric, status in {
    'booking_held_rate': 'held',
    'booking_no_show_rate': 'no_show',
    'booking_cancellation_rate': 'cancelled',
}.items() %}
{% do about_sessions.append({
    'name': metric,
    'numerator': "count(*) filter (where status = '" ~ status ~ "')",
    'denominator': 'count(*)',
    'sample': 'count(*)',
}) %}
{% endfor %}

with customers as (
    select
        customer_id,
        is_internal,
        coalesce(persona, 'unknown') as persona,
    from {{ ref('dim_customers') }}
),

deals as (
    select
        deals.is_won,
        deals.is_closed,
        coalesce(customers.persona, 'unknown') as persona,
        {{ in_reported_currency(
            'deals.deal_amount', 'deals.currency_code', business_date('deals.closed_at')
        ) }} as deal_amount,
        {{ seconds_between('deals.created_at', 'deals.closed_at') }}
            as seconds_to_close,
        {{ business_month('deals.created_at') }} as opened_in,
        {{ business_month('deals.closed_at') }} as closed_in,
    from {{ ref('fct_deals') }} as deals
    left join customers
        on deals.customer_id = customers.customer_id
    where not coalesce(customers.is_internal, false)
),

opened as (
    select
        persona,
        opened_in as period_start,
    from deals
    where opened_in is not null
),

closed as (
    select
        is_won,
        persona,
        deal_amount,
        seconds_to_close,
        closed_in as period_start,
    from deals
    where is_closed and closed_in is not null
),

bookings as (
    select
        bookings.status,
        coalesce(bookings.channel, 'unmapped') as channel,
        coalesce(customers.persona, 'unknown') as persona,
        {{ seconds_between('bookings.booked_at', 'bookings.starts_at') }}
            as lead_seconds,
        {{ business_month('bookings.booked_at') }} as booked_in,
        {{ business_month('bookings.starts_at') }} as starts_in,
    from {{ ref('fct_bookings') }} as bookings
    left join customers
        on bookings.customer_id = customers.customer_id
    where not coalesce(customers.is_internal, false)
),

-- one that was moved is one booking, and what became of it is said by the last of them
booked as (
    select
        channel,
        persona,
        lead_seconds,
        booked_in as period_start,
    from bookings
    where booked_in is not null and status != 'moved'
),

sessions as (
    select
        status,
        channel,
        persona,
        starts_in as period_start,
    from bookings
    where starts_in is not null and status in ('held', 'no_show', 'cancelled')
),

measured as (
    {{ metric_rows('opened', about_opened, by=['persona']) }}
    union all
    {{ metric_rows('closed', about_closed, by=['persona']) }}
    union all
    {{ metric_rows('booked', about_bookings, by=['channel', 'persona']) }}
    union all
    {{ metric_rows('sessions', about_sessions, by=['channel', 'persona']) }}
),

final as (
    select * from measured
    where sample_size > 0
)

select * from final
