with responses as (
    select * from {{ ref('stg_delighted__survey_responses') }}
),

questions as (
    select * from {{ ref('survey_questions') }}
    where source = 'delighted'
),

-- a survey of Delighted asks one question, whose scale follows from its type; of a type
-- that is not documented no scale is known
scaled as (
    select
        *,
        case
            when survey_type in ('nps', 'csat', 'ces') then survey_type
            when score is null then 'text'
            else 'star'
        end as question_kind,
        case
            when survey_type in ('nps', 'thumbs', 'enps') then 0.0
            when survey_type in ('csat', 'csat3', 'ces', 'pmf', 'smileys', 'stars')
                then 1.0
        end as scale_min,
        case survey_type
            when 'nps' then 10.0
            when 'enps' then 10.0
            when 'ces' then 7.0
            when 'csat' then 5.0
            when 'smileys' then 5.0
            when 'stars' then 5.0
            when 'csat3' then 3.0
            when 'pmf' then 3.0
            when 'thumbs' then 1.0
        end as scale_max,
    from responses
    where score is not null or comment is not null
),

final as (
    select
        'delighted' as source,
        scaled.response_id,
        scaled.survey_type as survey_id,
        scaled.survey_type as survey_name,
        coalesce(scaled.survey_type, 'survey') as question_id,
        coalesce(questions.question_kind, scaled.question_kind) as question_kind,
        scaled.score,
        coalesce(questions.scale_min, scaled.scale_min) as scale_min,
        coalesce(questions.scale_max, scaled.scale_max) as scale_max,
        questions.wording_version,
        coalesce(scaled.moment, questions.moment) as moment,
        'email' as channel,
        cast(null as varchar) as invitation_id,
        cast(null as timestamptz) as invited_at,
        scaled.created_at as answered_at,
        scaled.comment,
        cast(null as boolean) as has_publication_consent,
        scaled._dlt_load_id as load_id,
        case when scaled.person_id is not null then 'survey_respondent_id' end
            as identifier_type,
        'delighted' as identifier_namespace,
        scaled.person_id as identifier_value,
        scaled.language,
    from scaled
    left join questions
        on questions.survey_id in (scaled.survey_type, '*')
        and scaled.survey_type = questions.question_id
    -- a survey's own line comes before that of all
    qualify row_number() over (
        partition by scaled.response_id
        order by coalesce(questions.survey_id = '*', true)
    ) = 1
)

select * from final
