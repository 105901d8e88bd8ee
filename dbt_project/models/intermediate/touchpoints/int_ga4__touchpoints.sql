-- What nothing else tells: visits of hosts that the product's analytics does not
-- track, forms, and bookings of calendars that are no source.
with sessions as (
    select * from {{ ref('int_ga4__sessions') }}
),

events as (
    select * from {{ ref('int_ga4__events') }}
    where coalesce(has_consent, true) and not is_debug
),

product_events as (
    select * from {{ ref('stg_mixpanel__events') }}
),

-- from the first to the last day on which the product's analytics shows a page of
-- a host; a day more on each side, since the two count their days by different
-- clocks
product_hosts as (
    select
        lower(regexp_extract(current_url, '^[a-zA-Z]+://([^/?#:]+)', 1))
            as tracked_host,
        min(export_date) - 1 as first_date,
        max(export_date) + 1 as last_date,
    from product_events
    where current_url is not null
    group by tracked_host
),

visits as (
    select
        sessions.session_id as source_record_id,
        sessions.started_at as occurred_at,
        sessions.user_id,
        sessions.user_pseudo_id,
        'site_visited' as touchpoint,
        sessions.campaign,
        sessions.landing_host as content,
        json_object('acquisition_channel', sessions.acquisition_channel) as properties,
        sessions.load_id,
    from sessions
    left join product_hosts
        on sessions.landing_host = product_hosts.tracked_host
        and sessions.session_date
        between product_hosts.first_date and product_hosts.last_date
    where product_hosts.tracked_host is null
),

forms as (
    select
        event_id as source_record_id,
        occurred_at,
        user_id,
        user_pseudo_id,
        'form_submitted' as touchpoint,
        event_campaign as campaign,
        coalesce(form_name, form_id) as content,
        cast(null as json) as properties,
        _dlt_load_id as load_id,
    from events
    where {{ meaning_of('ga4', 'event_name', 'event_name') }} = 'form'
),

seen as (
    select * from visits
    union all
    select * from forms
),

booked as (
    {{ booking_touchpoints('ga4') }}
),

touchpoints as (
    select
        'ga4' as source,
        source_record_id,
        occurred_at,
        case
            when user_id is not null then 'user_id'
            when user_pseudo_id is not null then 'cookie_id'
        end as identifier_type,
        case
            when user_id is not null then '{{ var("product_namespace") }}'
            else 'ga4'
        end as identifier_namespace,
        coalesce(user_id, user_pseudo_id) as identifier_value,
        'website' as channel,
        touchpoint,
        'inbound' as direction,
        cast(null as varchar) as session_hint,
        campaign,
        content,
        cast(null as decimal(18, 4)) as value_amount,
        cast(null as varchar) as currency_code,
        properties,
        load_id,
    from seen
    union all by name
    select * from booked
)

select * from touchpoints
