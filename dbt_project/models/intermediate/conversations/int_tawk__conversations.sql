with chats as (
    select * from {{ ref('stg_tawk__chats') }}
    where not is_deleted
),

tickets as (
    select * from {{ ref('stg_tawk__tickets') }}
    where not is_deleted
),

messages as (
    select * from {{ ref('int_messages_classified') }}
),

first_customer_messages as (
    select
        chat_id,
        min(occurred_at) as first_customer_message_at,
    from messages
    where sender_type = 'customer'
    group by all
),

-- an agent's greeting before the customer wrote answers nothing
answered as (
    select
        messages.chat_id,
        first_customer_messages.first_customer_message_at,
        min(messages.occurred_at) filter (
            where messages.is_human_agent
            and messages.occurred_at
            > first_customer_messages.first_customer_message_at
        ) as first_agent_message_at,
        min(messages.occurred_at) as first_message_at,
        max(messages.occurred_at) as last_message_at,
        bool_or(messages.is_human_agent) as has_human_agent,
        count(*) filter (where messages.sender_type != 'system') as message_count,
    from messages
    left join first_customer_messages
        on messages.chat_id = first_customer_messages.chat_id
    group by all
),

chat_conversations as (
    select
        'chat' as conversation_type,
        chats.chat_id as source_record_id,
        case
            when chats.visitor_id is not null then 'chat_visitor_id'
            when chats.visitor_email is not null then 'email'
        end as identifier_type,
        case
            when chats.visitor_id is not null then 'tawk' else 'global'
        end as identifier_namespace,
        coalesce(chats.visitor_id, chats.visitor_email) as identifier_value,
        'chat' as channel,
        cast(null as varchar) as subject,
        coalesce(answered.first_message_at, chats.started_at) as started_at,
        answered.first_customer_message_at,
        answered.first_agent_message_at,
        case
            when answered.has_human_agent then answered.last_message_at
        end as resolved_at,
        coalesce(answered.last_message_at, chats.started_at) as last_activity_at,
        coalesce(answered.message_count, 0) as message_count,
        -- a chat whose transcript has not come yet may have been answered
        coalesce(not answered.has_human_agent, false) as is_missed,
        chats._dlt_load_id as load_id,
    from chats
    left join answered
        on chats.chat_id = answered.chat_id
),

ticket_conversations as (
    select
        'ticket' as conversation_type,
        ticket_id as source_record_id,
        case when requester_email is not null then 'email' end as identifier_type,
        'global' as identifier_namespace,
        requester_email as identifier_value,
        'email' as channel,
        subject,
        created_at as started_at,
        created_at as first_customer_message_at,
        cast(null as timestamptz) as first_agent_message_at,
        case
            when status = 'closed' and updated_at < {{ as_of() }} then updated_at
        end as resolved_at,
        case
            when updated_at < {{ as_of() }} then updated_at else created_at
        end as last_activity_at,
        1 as message_count,
        false as is_missed,
        _dlt_load_id as load_id,
    from tickets
),

unioned as (
    select * from chat_conversations
    union all
    select * from ticket_conversations
)

select * from unioned
where started_at < {{ as_of() }}
