with conversations as (
    select * from {{ ref('int_conversations_identified') }}
),

clocked as (
    select * from {{ ref('int_conversations_clocked') }}
),

priced as (
    select * from {{ ref('int_conversations_priced') }}
),

contacts as (
    select * from {{ ref('int_matter_contacts_ordered') }}
),

told as (
    select * from {{ ref('int_conversations_told') }}
),

final as (
    select
        conversations.conversation_id,
        conversations.customer_id,
        conversations.account_id,
        conversations.source,
        conversations.source_record_id,
        conversations.conversation_type,
        conversations.channel,
        conversations.subject,
        conversations.started_at as occurred_at,
        conversations.started_at,
        conversations.first_customer_message_at,
        conversations.first_agent_message_at,
        conversations.resolved_at,
        conversations.first_response_seconds,
        conversations.resolution_seconds,
        clocked.first_response_business_seconds,
        clocked.resolution_business_seconds,
        clocked.first_response_target_seconds,
        clocked.resolution_target_seconds,
        clocked.is_first_response_in_target,
        clocked.is_resolution_in_target,
        priced.contact_cost_amount,
        priced.currency_code,
        contacts.matter_id,
        contacts.contact_number,
        contacts.is_followed_up,
        conversations.message_count,
        conversations.status,
        conversations.is_missed,
        coalesce(conversations.is_answer_told, false) as is_answer_told,
        told.language,
        told.sentiment,
        told.sentiment_score,
        coalesce(told.scored_text_count, 0) as scored_text_count,
        told.topic,
        conversations.load_id,
    from conversations
    inner join clocked on conversations.conversation_id = clocked.conversation_id
    left join priced on conversations.conversation_id = priced.conversation_id
    left join contacts on conversations.conversation_id = contacts.conversation_id
    left join told on conversations.conversation_id = told.conversation_id
)

select * from final
