{{ config(materialized='view') }}

with trustmary_answers as (
    select
        response_id,
        survey_id,
        unnest(json_keys(custom_answers)) as question_id,
        custom_answers,
        answered_at,
    from {{ ref('stg_trustmary__answers') }}
    where not coalesce(is_deleted, false)
),

final as (
    select
        response_id,
        'trustmary' as source,
        survey_id,
        question_id,
        cast(null as varchar) as question,
        cast(null as double) as scale_min,
        cast(null as double) as scale_max,
        answered_at,
    from trustmary_answers
    -- a number answers on a scale; choices and words do not
    where
        try_cast(
            json_extract_string(custom_answers, '/' || question_id) as double
        ) is not null
)

select * from final
