with source as (
    select * from {{ source('hooks', 'events') }}
),

renamed as (
    select
        sender || ':' || event_id as hook_event_id,
        sender,
        event_id,
        event as event_name,
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
