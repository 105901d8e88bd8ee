with messages as (
    select * from {{ ref('int_messages_classified') }}
    where sender_kind = 'customer'
),

conversations as (
    select * from {{ ref('int_conversations_identified') }}
),

answers as (
    select * from {{ ref('int_survey_answers_identified') }}
),

written as (
    select
        'message|' || messages.source || '|' || messages.message_id as text_id,
        'message' as text_kind,
        messages.source,
        messages.chat_id as source_record_id,
        conversations.conversation_id,
        messages.message_id,
        null::varchar as answer_id,
        conversations.customer_id,
        conversations.account_id,
        messages.occurred_at,
        messages.text,
    from messages
    inner join conversations
        on messages.source = conversations.source
        and messages.chat_id = conversations.source_record_id
        and conversations.conversation_type = 'chat'
    -- a ticket tells its subject, and no messages one by one
    union all
    select
        'subject|' || conversation_id as text_id,
        'subject' as text_kind,
        source,
        source_record_id,
        conversation_id,
        null as message_id,
        null as answer_id,
        customer_id,
        account_id,
        started_at as occurred_at,
        subject as text,
    from conversations
    where conversation_type <> 'chat'
    union all
    select
        'comment|' || answer_id as text_id,
        'comment' as text_kind,
        source,
        response_id as source_record_id,
        null as conversation_id,
        null as message_id,
        answer_id,
        customer_id,
        account_id,
        answered_at as occurred_at,
        comment as text,
    from answers
    -- a response that answers several questions says its words once
    qualify row_number() over (
        partition by source, response_id, comment order by answer_id
    ) = 1
)

select * from written
where trim(text) <> ''
