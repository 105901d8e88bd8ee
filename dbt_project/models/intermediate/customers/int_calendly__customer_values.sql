with invitees as (
    select
        'email' as identifier_type,
        'global' as identifier_namespace,
        invitees.email as identifier_value,
        invitees.full_name,
        invitees.email,
        phone_numbers.phone,
        'invitee' as record,
        invitees.invitee_uri as record_id,
        invitees._dlt_load_id as load_id,
        invitees.created_at as stated_at,
        1 as value_count,
        false as is_doubtful,
    from {{ ref('stg_calendly__invitees') }} as invitees
    left join {{ ref('int_phone_numbers_normalised') }} as phone_numbers
        on invitees.phone = phone_numbers.phone_text
    where invitees.created_at < {{ as_of() }}
)

{{ stated_values('invitees', ['full_name', 'email', 'phone']) }}
