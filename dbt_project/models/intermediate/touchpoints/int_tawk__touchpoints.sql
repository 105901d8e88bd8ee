with conversations as (
    select * from {{ ref('int_tawk__conversations') }}
),

touchpoints as (
    select
        'tawk' as source,
        source_record_id,
        coalesce(first_customer_message_at, started_at) as occurred_at,
        identifier_type,
        identifier_namespace,
        identifier_value,
        channel,
        case
            when conversation_type = 'ticket' then 'offline_message_sent'
            when first_customer_message_at is null then 'chat_offered'
            when is_missed then 'chat_missed'
            else 'chat_started'
        end as touchpoint,
        case
            when first_customer_message_at is null then 'outbound' else 'inbound'
        end as direction,
        cast(null as varchar) as session_hint,
        cast(null as varchar) as campaign,
        subject as content,
        cast(null as decimal(18, 4)) as value_amount,
        cast(null as varchar) as currency_code,
        cast(null as json) as properties,
        load_id,
    from conversations
)

select * from touchpoints
