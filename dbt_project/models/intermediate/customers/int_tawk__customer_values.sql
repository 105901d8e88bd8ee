with chats as (
    select
        case when chats.visitor_id is not null then 'chat_visitor_id' else 'email' end
            as identifier_type,
        case when chats.visitor_id is not null then 'tawk' else 'global' end
            as identifier_namespace,
        coalesce(chats.visitor_id, chats.visitor_email) as identifier_value,
        chats.visitor_name as full_name,
        chats.visitor_email as email,
        phone_numbers.phone,
        chats.country_code,
        chats.city,
        'chat' as record,
        chats.chat_id as record_id,
        chats._dlt_load_id as load_id,
        chats.updated_at as stated_at,
        1 as value_count,
        false as is_doubtful,
    from {{ ref('stg_tawk__chats') }} as chats
    left join {{ ref('int_phone_numbers_normalised') }} as phone_numbers
        on chats.visitor_phone = phone_numbers.phone_text
    where
        not coalesce(chats.is_deleted, false)
        and chats.started_at < {{ as_of() }}
),

tickets as (
    select
        'email' as identifier_type,
        'global' as identifier_namespace,
        requester_email as identifier_value,
        requester_name as full_name,
        requester_email as email,
        'ticket' as record,
        ticket_id as record_id,
        _dlt_load_id as load_id,
        updated_at as stated_at,
        1 as value_count,
        false as is_doubtful,
    from {{ ref('stg_tawk__tickets') }}
    where not coalesce(is_deleted, false) and created_at < {{ as_of() }}
)

{{ stated_values('chats', ['full_name', 'email', 'phone', 'country_code', 'city']) }}
union all
{{ stated_values('tickets', ['full_name', 'email']) }}
