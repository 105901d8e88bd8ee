with contacts as (
    select
        'mailing_contact_id' as identifier_type,
        'activecampaign' as identifier_namespace,
        contacts.contact_id as identifier_value,
        nullif(trim(concat_ws(' ', contacts.first_name, contacts.last_name)), '')
            as full_name,
        contacts.email,
        phone_numbers.phone,
        contacts.company_name,
        'contact' as record,
        contacts.contact_id as record_id,
        contacts._dlt_load_id as load_id,
        contacts.updated_at as stated_at,
        1 as value_count,
        false as is_doubtful,
    from {{ ref('stg_activecampaign__contacts') }} as contacts
    left join {{ ref('int_phone_numbers_normalised') }} as phone_numbers
        on contacts.phone = phone_numbers.phone_text
    where
        not coalesce(contacts.is_deleted, false)
        and not coalesce(contacts.is_anonymized, false)
        and contacts.created_at < {{ as_of() }}
)

{{ stated_values('contacts', ['full_name', 'email', 'phone', 'company_name']) }}
