with stated as (
    select
        'crm_contact_id' as identifier_type,
        contact_id as identifier_value,
        'contact' as record,
        contact_id as record_id,
        first_name,
        last_name,
        email,
        coalesce(mobile_phone, phone) as phone_text,
        cast(null as varchar) as company_name,
        job_title,
        city,
        owner_id,
        _dlt_load_id as load_id,
        created_at,
        updated_at,
    from {{ ref('stg_salesforce__contacts') }}
    where not is_deleted
    union all by name
    select
        'crm_lead_id' as identifier_type,
        lead_id as identifier_value,
        'lead' as record,
        lead_id as record_id,
        first_name,
        last_name,
        email,
        coalesce(mobile_phone, phone) as phone_text,
        company_name,
        owner_id,
        _dlt_load_id as load_id,
        created_at,
        updated_at,
    from {{ ref('stg_salesforce__leads') }}
    where not is_deleted
),

people as (
    select
        stated.identifier_type,
        'salesforce' as identifier_namespace,
        stated.identifier_value,
        nullif(trim(concat_ws(' ', stated.first_name, stated.last_name)), '')
            as full_name,
        stated.email,
        phone_numbers.phone,
        stated.company_name,
        stated.job_title,
        stated.city,
        owners.full_name as owner_name,
        stated.record,
        stated.record_id,
        stated.load_id,
        stated.updated_at as stated_at,
        1 as value_count,
        false as is_doubtful,
    from stated
    left join {{ ref('stg_salesforce__users') }} as owners
        on stated.owner_id = owners.owner_id
    left join {{ ref('int_phone_numbers_normalised') }} as phone_numbers
        on stated.phone_text = phone_numbers.phone_text
    where stated.created_at < {{ as_of() }}
)

{{ stated_values('people', [
    'full_name', 'email', 'phone', 'company_name', 'job_title', 'city',
    'owner_name',
]) }}
