with messages as (
    select * from {{ ref('int_messages_classified') }}
),

conversations as (
    select * from {{ ref('int_conversations_identified') }}
    where conversation_type = 'chat'
),

final as (
    select
        messages.message_id,
        conversations.conversation_id,
        conversations.customer_id,
        conversations.account_id,
        messages.occurred_at,
        messages.sender_type,
        messages.agent_name,
        messages.is_automated,
        messages.message_index,
        messages.text,
        conversations.source,
    from messages
    inner join conversations
        on messages.source = conversations.source
        and messages.chat_id = conversations.source_record_id
)

select * from final
