with source as (
    select * from {{ source('tawk', 'webhook_events') }}
),

renamed as (
    select
        event_id,
        event as event_name,
        {{ text_or_null('chat_id') }} as chat_id,
        {{ text_or_null('ticket_id') }} as ticket_id,
        {{ json_text('payload', 'property/id') }} as property_id,
        coalesce(
            cast(occurred_at as timestamptz), cast(received_at as timestamptz)
        ) as occurred_at,
        cast(received_at as timestamptz) as received_at,
        try_cast(payload as json) as payload,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
