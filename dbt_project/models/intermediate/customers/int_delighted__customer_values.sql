with responses as (
    select
        'survey_respondent_id' as identifier_type,
        'delighted' as identifier_namespace,
        person_id as identifier_value,
        person_name as full_name,
        email,
        language,
        'survey_response' as record,
        response_id as record_id,
        _dlt_load_id as load_id,
        created_at as stated_at,
        1 as value_count,
        false as is_doubtful,
    from {{ ref('stg_delighted__survey_responses') }}
    where created_at < {{ as_of() }}
)

{{ stated_values('responses', ['full_name', 'email', 'language']) }}
