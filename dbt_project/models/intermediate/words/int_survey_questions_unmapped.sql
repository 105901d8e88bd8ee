-- Questions on a scale of which nothing says what it measures: no field made for it, no
-- documented type, no line of the seed. A guess would be a wrong figure.
with questions as (
    select * from {{ ref('survey_questions') }}
),

asked as (
    {{ union_of('asked_questions') }}
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
