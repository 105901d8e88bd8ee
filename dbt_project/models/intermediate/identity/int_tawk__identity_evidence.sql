with chats as (
    select * from {{ ref('stg_tawk__chats') }}
    where not coalesce(is_deleted, false) and started_at < {{ as_of() }}
),

phone_numbers as (
    select * from {{ ref('int_phone_numbers_normalised') }}
),

told as (
    select
        chats.visitor_id,
        chats.visitor_email,
        phone_numbers.phone,
        chats.started_at,
    from chats
    left join phone_numbers
        on chats.visitor_phone = phone_numbers.phone_text
),

pairs as (
    select
        'chat_visitor_id' as left_type,
        'tawk' as left_namespace,
        visitor_id as left_value,
        'email' as right_type,
        visitor_email as right_value,
        'chat_email' as kind,
        started_at,
    from told
    union all
    select
        'chat_visitor_id' as left_type,
        'tawk' as left_namespace,
        visitor_id as left_value,
        'phone' as right_type,
        phone as right_value,
        'form' as kind,
        started_at,
    from told
    union all
    -- a webhook does not name the visitor: the form alone ties what stands in it
    select
        'email' as left_type,
        'global' as left_namespace,
        visitor_email as left_value,
        'phone' as right_type,
        phone as right_value,
        'form' as kind,
        started_at,
    from told
),

final as (
    select
        left_type,
        left_namespace,
        left_value,
        right_type,
        'global' as right_namespace,
        right_value,
        kind,
        min(started_at) as first_seen_at,
        max(started_at) as last_seen_at,
        count(*) as evidence_count,
    from pairs
    where left_value is not null and right_value is not null
    group by all
)

select * from final
