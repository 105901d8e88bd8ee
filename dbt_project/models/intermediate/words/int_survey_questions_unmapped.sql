-- Questions on a scale of which nothing says what it measures: no field made for it, no
-- documented type, no line of the seed. A guess would be a wrong figure.
with questions as (
    select * from {{ ref('survey_questions') }}
),

fields as (
    select
        form_id,
        unnest(coalesce(from_json(fields, '["JSON"]'), [])) as field,
    from {{ ref('stg_typeform__forms') }}
),

titles as (
    select
        form_id,
        json_extract_string(field, '/id') as question_id,
        any_value({{ json_text('field', 'title') }}) as title,
    from fields
    group by all
),

typeform as (
    select
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
),

-- of a documented type the scale is known
delighted as (
    select
        source,
        survey_id,
        question_id,
        survey_name as question,
        scale_min,
        scale_max,
        answered_at,
    from {{ ref('int_delighted__survey_answers') }}
    where question_kind = 'star' and scale_max is null
),

trustmary_answers as (
    select
        survey_id,
        unnest(json_keys(custom_answers)) as question_id,
        custom_answers,
        answered_at,
    from {{ ref('stg_trustmary__answers') }}
    where not coalesce(is_deleted, false)
),

trustmary as (
    select
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
),

asked as (
    select * from typeform
    union all
    select * from delighted
    union all
    select * from trustmary
),

final as (
    select
        md5(concat_ws('|', asked.source, asked.survey_id, asked.question_id))
            as question_key,
        asked.source,
        asked.survey_id,
        asked.question_id,
        max(asked.question) as question,
        min(asked.scale_min) as scale_min,
        max(asked.scale_max) as scale_max,
        count(*) as answer_count,
        min(asked.answered_at) as first_answered_at,
        max(asked.answered_at) as last_answered_at,
    from asked
    left join questions
        on asked.source = questions.source
        and questions.survey_id in (asked.survey_id, '*')
        and asked.question_id = questions.question_id
    where
        questions.question_id is null
        and asked.survey_id is not null
        and asked.answered_at < {{ as_of() }}
    group by asked.source, asked.survey_id, asked.question_id
)

select * from final
