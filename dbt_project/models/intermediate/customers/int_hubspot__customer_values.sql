with contacts as (
    select
        'crm_contact_id' as identifier_type,
        'hubspot' as identifier_namespace,
        contacts.contact_id as identifier_value,
        nullif(trim(concat_ws(' ', contacts.first_name, contacts.last_name)), '')
            as full_name,
        contacts.email,
        phone_numbers.phone,
        contacts.company_name,
        contacts.city,
        contacts.lifecycle_stage,
        owners.full_name as owner_name,
        'contact' as record,
        contacts.contact_id as record_id,
        contacts._dlt_load_id as load_id,
        contacts.updated_at as stated_at,
        1 as value_count,
        -- an archived record speaks when no other does
        coalesce(contacts.is_archived, false) as is_doubtful,
    from {{ ref('stg_hubspot__contacts') }} as contacts
    left join {{ ref('stg_hubspot__owners') }} as owners
        on contacts.owner_id = owners.owner_id
    left join {{ ref('int_phone_numbers_normalised') }} as phone_numbers
        on coalesce(contacts.mobile_phone, contacts.phone) = phone_numbers.phone_text
    where
        not coalesce(contacts.is_deleted, false)
        and contacts.created_at < {{ as_of() }}
)

{{ stated_values('contacts', [
    'full_name', 'email', 'phone', 'company_name', 'city', 'lifecycle_stage',
    'owner_name',
]) }}
