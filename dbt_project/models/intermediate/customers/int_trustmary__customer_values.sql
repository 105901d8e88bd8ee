with contacts as (
    select
        'survey_respondent_id' as identifier_type,
        'trustmary' as identifier_namespace,
        contact_id as identifier_value,
        contact_name as full_name,
        email,
        company_name,
        'contact' as record,
        contact_id as record_id,
        _dlt_load_id as load_id,
        updated_at as stated_at,
        1 as value_count,
        coalesce(is_archived, false) as is_doubtful,
    from {{ ref('stg_trustmary__contacts') }}
    where not coalesce(is_deleted, false) and created_at < {{ as_of() }}
)

{{ stated_values('contacts', ['full_name', 'email', 'company_name']) }}
