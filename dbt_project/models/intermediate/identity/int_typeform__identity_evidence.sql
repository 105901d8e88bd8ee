-- the link to a form may carry both ids; what is typed into it is a form's word
with responses as (
    select * from {{ ref('stg_typeform__responses') }}
    where
        is_submitted
        and submitted_at < {{ as_of() }}
        and user_id is not null
        and not coalesce(is_deleted, false)
),

given as (
    select
        response_id,
        user_id,
        submitted_at,
        hidden_email as email,
        'survey_contact' as kind,
    from responses
    union all
    select
        response_id,
        user_id,
        submitted_at,
        {{ to_email("json_extract_string(answer, '$.email')") }} as email,
        'form' as kind,
    from
        responses,
        unnest(from_json(coalesce(answers, '[]'), '["JSON"]')) as listed (answer)
),

final as (
    select
        'user_id' as left_type,
        '{{ var("product_namespace") }}' as left_namespace,
        user_id as left_value,
        'email' as right_type,
        'global' as right_namespace,
        email as right_value,
        kind,
        min(submitted_at) as first_seen_at,
        max(submitted_at) as last_seen_at,
        count(*) as evidence_count,
    from given
    where email is not null
    group by all
)

select * from final
