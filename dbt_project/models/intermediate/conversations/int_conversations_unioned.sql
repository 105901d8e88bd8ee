with unioned as (
    {{ union_of('conversations', is_named=true) }}
),

measured as (
    select
        md5(
            concat_ws('|', source, conversation_type, source_record_id)
        ) as conversation_id,
        *,
        case
            when is_bot_solved then 'bot_solved'
            when is_resolved then 'resolved'
            when is_missed then 'missed'
            else 'open'
        end as status,
        {{ seconds_between('first_customer_message_at', 'first_agent_message_at') }}
            as first_response_seconds,
        {{ seconds_between('first_customer_message_at', 'resolved_at') }}
            as resolution_seconds,
    from unioned
    -- a greeting that nobody took up began no conversation
    where first_customer_message_at is not null
)

select * from measured
