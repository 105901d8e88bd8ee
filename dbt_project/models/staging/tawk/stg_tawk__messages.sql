{% set unread = [] %}

with versions as (
    select * from {{ ref('base_tawk__chat_versions') }}
),

-- the fullest transcript of each chat; the newest of several as full
transcripts as (
    select * from versions
    qualify row_number() over (
        partition by chat_id
        order by message_count desc, version_at desc, version_id desc
    ) = 1
),

messages as (
    select
        *,
        unnest(messages) as message,
        generate_subscripts(messages, 1) as position,
    from transcripts
),

unpacked as (
    select
        chat_id,
        position,
        coalesce(
            {{ to_moment(
                json_text('message', 'time'), unread
            ) }}, started_at, version_at
        ) as occurred_at,
        -- webhooks at the start of a chat have other words than transcripts
        case {{ json_text('message', ['sender/t', 'sender/type']) }}
            when 'v' then 'customer'
            when 'visitor' then 'customer'
            when 'a' then 'agent'
            when 'agent' then 'agent'
            else 'system'
        end as sender_type,
        {{ json_text('message', ['sender/n', 'sender/name']) }} as agent_name,
        {{ json_text('message', 'sender/id') }} as agent_id,
        {{ json_text('message', 'type') }} as message_type,
        {{ json_text('message', ['msg', 'text']) }} as text,
        len({{ json_list_of('message', 'attchs') }}) as attachment_count,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from messages
),

renamed as (
    select
        md5(concat_ws(
            '|',
            chat_id,
            epoch_ms(occurred_at),
            sender_type,
            coalesce(text, ''),
            attachment_count
        )) as message_id,
        chat_id,
        occurred_at,
        position as message_index,
        sender_type,
        case when sender_type = 'agent' then agent_name end as agent_name,
        case when sender_type = 'agent' then agent_id end as agent_id,
        message_type,
        text,
        attachment_count > 0 as has_attachment,
        unread_values,
        _dlt_load_id,
        _dlt_id,
    from unpacked
)

select * from renamed
qualify row_number() over (partition by message_id order by message_index) = 1
