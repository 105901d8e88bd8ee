with answers as (
    select * from {{ ref('stg_trustmary__answers') }}
    where not coalesce(is_deleted, false)
),

invitations as (
    select * from {{ ref('stg_trustmary__invitations') }}
    where response_id is not null and not coalesce(is_deleted, false)
),

surveys as (
    select * from {{ ref('stg_trustmary__surveys') }}
),

reviews as (
    select * from {{ ref('stg_trustmary__reviews') }}
    where not coalesce(is_deleted, false)
),

questions as (
    select * from {{ ref('survey_questions') }}
    where source = 'trustmary'
),

invited as (
    select
        answers.*,
        invitations.invitation_id,
        invitations.sent_at as invited_at,
        channels.channel as invitation_channel,
        coalesce(answers.survey_name, surveys.survey_name) as any_survey_name,
        coalesce(answers.feedback, answers.public_comment) as any_comment,
    from answers
    left join invitations
        on answers.response_id = invitations.response_id
    left join {{ ref('channels') }} as channels
        on invitations.channel = channels.channel
        and channels.is_contact_channel
    left join surveys
        on answers.survey_id = surveys.survey_id
    qualify row_number() over (
        partition by answers.response_id
        order by invitations.sent_at, invitations.invitation_id
    ) = 1
),

recommended as (
    select
        response_id,
        'nps' as question_id,
        'nps' as question_kind,
        nps as score,
        0.0 as scale_min,
        10.0 as scale_max,
    from invited
    where nps is not null
),

-- what a survey's own questions measure, the seed tells
rated as (
    select
        invited.response_id,
        questions.question_id,
        questions.question_kind,
        {{ to_number(
            "json_extract_string(invited.custom_answers, '/' || questions.question_id)"
        ) }} as score,
        questions.scale_min,
        questions.scale_max,
    from invited
    inner join questions
        on questions.survey_id in (invited.survey_id, '*')
        and questions.question_id != 'nps'
    where score is not null
    -- a survey's own line comes before that of all
    qualify row_number() over (
        partition by invited.response_id, questions.question_id
        order by questions.survey_id = '*'
    ) = 1
),

scored as (
    select * from recommended
    union all
    select * from rated
),

-- who only wrote something answered too
written as (
    select
        response_id,
        'text' as question_id,
        'text' as question_kind,
        cast(null as double) as score,
        cast(null as double) as scale_min,
        cast(null as double) as scale_max,
    from invited
    where
        any_comment is not null
        and response_id not in (select scored.response_id from scored)
),

given as (
    select * from scored
    union all
    select * from written
),

from_answers as (
    select
        invited.response_id,
        invited.survey_id,
        invited.any_survey_name as survey_name,
        given.question_id,
        given.question_kind,
        given.score,
        given.scale_min,
        given.scale_max,
        questions.wording_version,
        questions.moment,
        coalesce(invited.invitation_channel, 'survey') as channel,
        invited.invitation_id,
        invited.invited_at,
        invited.answered_at,
        invited.any_comment as comment,
        invited.has_publication_consent,
        invited._dlt_load_id as load_id,
        case
            when invited.contact_id is not null then 'survey_respondent_id'
            when invited.typed_email is not null then 'email'
        end as identifier_type,
        case when invited.contact_id is not null then 'trustmary' else 'global' end
            as identifier_namespace,
        coalesce(invited.contact_id, invited.typed_email) as identifier_value,
    from invited
    inner join given
        on invited.response_id = given.response_id
    left join questions
        on invited.survey_id = questions.survey_id
        and given.question_id = questions.question_id
),

-- a review written in Trustmary is the comment of an answer that is there already
from_reviews as (
    select
        review_id as response_id,
        'reviews:' || review_source as survey_id,
        review_source as survey_name,
        'review' as question_id,
        'review' as question_kind,
        nps as score,
        0.0 as scale_min,
        10.0 as scale_max,
        cast(null as varchar) as wording_version,
        cast(null as varchar) as moment,
        'review' as channel,
        cast(null as varchar) as invitation_id,
        cast(null as timestamptz) as invited_at,
        created_at as answered_at,
        comment,
        is_published as has_publication_consent,
        _dlt_load_id as load_id,
        cast(null as varchar) as identifier_type,
        cast(null as varchar) as identifier_namespace,
        cast(null as varchar) as identifier_value,
    from reviews
    where review_source != 'trustmary'
),

unioned as (
    select * from from_answers
    union all
    select * from from_reviews
),

final as (
    select
        'trustmary' as source,
        *,
        cast(null as varchar) as language,
    from unioned
)

select * from final
