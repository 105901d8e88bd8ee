with conversations as (
    select * from {{ ref('int_conversations_identified') }}
),

final as (
    select
        conversation_id,
        customer_id,
        account_id,
        source,
        source_record_id,
        conversation_type,
        channel,
        subject,
        started_at as occurred_at,
        started_at,
        first_customer_message_at,
        first_agent_message_at,
        resolved_at,
        first_response_seconds,
        resolution_seconds,
        message_count,
        status,
        is_missed,
        load_id,
    from conversations
)

select * from final
