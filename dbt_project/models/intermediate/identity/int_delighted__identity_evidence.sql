with responses as (
    select * from {{ ref('stg_delighted__survey_responses') }}
    where created_at < {{ as_of() }}
),

final as (
    select
        'survey_respondent_id' as left_type,
        'delighted' as left_namespace,
        person_id as left_value,
        'email' as right_type,
        'global' as right_namespace,
        email as right_value,
        'survey_contact' as kind,
        min(created_at) as first_seen_at,
        max(created_at) as last_seen_at,
        count(*) as evidence_count,
    from responses
    where person_id is not null and email is not null
    group by all
)

select * from final
