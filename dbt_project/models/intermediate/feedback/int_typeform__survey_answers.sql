with responses as (
    select * from {{ ref('stg_typeform__responses') }}
    where is_submitted and not coalesce(is_deleted, false)
),

forms as (
    select * from {{ ref('stg_typeform__forms') }}
),

questions as (
    select * from {{ ref('survey_questions') }}
    where source = 'typeform'
),

given as (
    select
        response_id,
        form_id,
        unnest(from_json(answers, '["JSON"]')) as answer,
    from responses
),

answers as (
    select
        response_id,
        form_id,
        json_extract_string(answer, '$.field.id') as question_id,
        json_extract_string(answer, '$.field.type') as field_type,
        json_extract_string(answer, '$.type') as answer_type,
        {{ to_number("json_extract_string(answer, '$.number')") }} as score,
        {{ text_or_null("json_extract_string(answer, '$.text')") }} as answer_text,
        {{ to_email("json_extract_string(answer, '$.email')") }} as typed_email,
    from given
),

said as (
    select
        response_id,
        string_agg(answer_text, ' · ' order by question_id) as comment,
        min(typed_email) as typed_email,
    from answers
    group by all
),

fields as (
    select
        form_id,
        unnest(from_json(fields, '["JSON"]')) as field,
    from forms
),

scales as (
    select
        form_id,
        json_extract_string(field, '$.id') as question_id,
        {{ to_number("json_extract_string(field, '$.properties.steps')") }} as steps,
        json_extract_string(field, '$.properties.start_at_one') = 'true'
            as starts_at_one,
    from fields
),

-- an opinion scale has eleven steps from nought, a rating five stars, unless they say
-- otherwise
scaled as (
    select
        answers.*,
        case
            when answers.field_type = 'rating' or scales.starts_at_one then 1.0 else 0.0
        end as field_min,
        coalesce(
            scales.steps, case when answers.field_type = 'rating' then 5.0 else 11.0 end
        ) as steps,
    from answers
    left join scales
        on answers.form_id = scales.form_id
        and answers.question_id = scales.question_id
    where
        answers.score is not null
        and answers.field_type in ('nps', 'opinion_scale', 'rating')
),

-- only a field made for it is known to ask about recommending: what else a scale
-- measures, a line of the seed says
scored as (
    select
        scaled.response_id,
        scaled.question_id,
        coalesce(
            questions.question_kind,
            case when scaled.field_type = 'nps' then 'nps' else 'star' end
        ) as question_kind,
        scaled.score,
        coalesce(questions.scale_min, scaled.field_min) as scale_min,
        coalesce(questions.scale_max, scaled.field_min + scaled.steps - 1) as scale_max,
        questions.wording_version,
        questions.moment,
    from scaled
    left join questions
        on questions.survey_id in (scaled.form_id, '*')
        and scaled.question_id = questions.question_id
    -- a survey's own line comes before that of all
    qualify row_number() over (
        partition by scaled.response_id, scaled.question_id
        order by coalesce(questions.survey_id = '*', true)
    ) = 1
),

final as (
    select
        'typeform' as source,
        responses.response_id,
        responses.form_id as survey_id,
        forms.form_title as survey_name,
        coalesce(scored.question_id, 'text') as question_id,
        coalesce(scored.question_kind, 'text') as question_kind,
        scored.score,
        scored.scale_min,
        scored.scale_max,
        scored.wording_version,
        scored.moment,
        'survey' as channel,
        cast(null as varchar) as invitation_id,
        cast(null as timestamptz) as invited_at,
        responses.submitted_at as answered_at,
        said.comment,
        cast(null as boolean) as has_publication_consent,
        responses._dlt_load_id as load_id,
        case
            when responses.user_id is not null then 'user_id'
            when coalesce(responses.hidden_email, said.typed_email) is not null
                then 'email'
        end as identifier_type,
        case
            when responses.user_id is not null
                then '{{ var("product_namespace") }}'
            else 'global'
        end as identifier_namespace,
        coalesce(responses.user_id, responses.hidden_email, said.typed_email)
            as identifier_value,
        coalesce(responses.hidden_language, forms.language) as language,
    from responses
    left join scored
        on responses.response_id = scored.response_id
    left join said
        on responses.response_id = said.response_id
    left join forms
        on responses.form_id = forms.form_id
    where scored.question_id is not null or said.comment is not null
)

select * from final
