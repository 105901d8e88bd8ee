with conversations as (
    select * from {{ ref('int_hubspot__conversations') }}
),

deals as (
    select * from {{ ref('int_hubspot__deals') }}
),

tickets as (
    select
        source_record_id,
        started_at as occurred_at,
        identifier_type,
        identifier_value,
        channel,
        'ticket_opened:' || channel as touchpoint,
        'inbound' as direction,
        subject as content,
        cast(null as decimal(18, 4)) as value_amount,
        cast(null as varchar) as currency_code,
        load_id,
    from conversations
),

{{ deal_touchpoints() }}

unioned as (
    select * from tickets
    union all by name
    select * from deals_created
    union all by name
    select * from deals_closed
),

touchpoints as (
    select
        'hubspot' as source,
        source_record_id,
        occurred_at,
        identifier_type,
        'hubspot' as identifier_namespace,
        identifier_value,
        channel,
        touchpoint,
        direction,
        cast(null as varchar) as session_hint,
        cast(null as varchar) as campaign,
        content,
        value_amount,
        currency_code,
        cast(null as json) as properties,
        load_id,
    from unioned
)

select * from touchpoints
