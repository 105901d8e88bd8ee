{{ config(materialized='view') }}

with fields as (
    select
        form_id,
        unnest(coalesce(from_json(fields, '["JSON"]'), [])) as field,
    from {{ ref('stg_typeform__forms') }}
),

titles as (
    select
        form_id,
        json_extract_string(field, '$.id') as question_id,
        any_value({{ json_text('field', 'title') }}) as title,
    from fields
    group by all
),

final as (
    select
        answers.response_id,
        answers.source,
        answers.survey_id,
        answers.question_id,
        titles.title as question,
        answers.scale_min,
        answers.scale_max,
        answers.answered_at,
    from {{ ref('int_typeform__survey_answers') }} as answers
    left join titles
        on answers.survey_id = titles.form_id
        and answers.question_id = titles.question_id
    where answers.question_kind = 'star'
)

select * from final
