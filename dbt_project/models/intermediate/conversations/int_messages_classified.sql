with messages as (
    select * from {{ ref('int_messages_unioned') }}
),

automated_agents as (
    select * from {{ ref('automated_agents') }}
),

closing_texts as (
    select * from {{ ref('int_closing_texts') }}
),

-- a bot writes with an agent's sender type; only its name gives it away
classified as (
    select
        messages.source,
        messages.message_id,
        messages.chat_id,
        messages.occurred_at,
        messages.message_index,
        messages.sender_type,
        messages.agent_name,
        messages.text,
        case
            when automated_agents.agent_name is not null then 'bot'
            else messages.sender_type
        end as sender_kind,
        automated_agents.agent_name is not null
        or messages.sender_type = 'system' as is_automated,
        messages.sender_type = 'customer'
        and closing_texts.text is not null as is_closing,
    from messages
    left join automated_agents
        on messages.source = automated_agents.source
        and messages.sender_type = 'agent'
        and lower(trim(messages.agent_name))
        = lower(trim(automated_agents.agent_name))
    left join closing_texts
        on messages.text = closing_texts.text
    where
        messages.occurred_at < {{ as_of() }}
        -- what agents write to each other reaches no customer and answers nothing
        and coalesce(messages.message_type, '') not in ('note', 'whisper')
)

select * from classified
