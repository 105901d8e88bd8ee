with chats as (
    select * from {{ ref('stg_tawk__chats') }}
    where not is_deleted
),

tickets as (
    select * from {{ ref('stg_tawk__tickets') }}
    where not is_deleted
),

messages as (
    select
        *,
        chat_id as conversation_key,
    from {{ ref('int_messages_classified') }}
),

spoken as (
    {{ conversation_moments('messages') }}
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
        coalesce(spoken.first_message_at, chats.started_at) as started_at,
        spoken.first_customer_message_at,
        spoken.first_agent_message_at,
        true as is_answer_told,
        spoken.resolved_at,
        coalesce(
            spoken.last_human_message_at, spoken.first_message_at, chats.started_at
        ) as last_activity_at,
        coalesce(spoken.message_count, 0) as message_count,
        coalesce(spoken.is_resolved, false) as is_resolved,
        coalesce(spoken.is_bot_solved, false) as is_bot_solved,
        coalesce(spoken.is_missed, false) as is_missed,
        chats._dlt_load_id as load_id,
    from chats
    left join spoken
        on chats.chat_id = spoken.conversation_key
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
        false as is_answer_told,
        case
            when status = 'closed' then {{ moment_after('updated_at', 'created_at') }}
        end as resolved_at,
        case
            when updated_at < {{ as_of() }} then updated_at else created_at
        end as last_activity_at,
        1 as message_count,
        {{ is_ticket_resolved("status = 'closed'", 'updated_at') }} as is_resolved,
        false as is_bot_solved,
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
