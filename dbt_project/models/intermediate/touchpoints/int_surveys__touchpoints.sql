-- whatever meets the surveys contract joins the journey: a response once, however many
-- questions it answers
with answers as (
    select * from {{ ref('int_survey_answers_unioned') }}
    qualify row_number() over (
        partition by source, question_kind = 'review', response_id
        order by question_id
    ) = 1
),

invitations as (
    select * from {{ ref('int_survey_invitations_unioned') }}
),

answered as (
    select
        source,
        response_id as source_record_id,
        answered_at as occurred_at,
        identifier_type,
        identifier_namespace,
        identifier_value,
        case when question_kind = 'review' then 'review' else 'survey' end as channel,
        case
            when question_kind = 'review' then 'review_written' else 'survey_answered'
        end as touchpoint,
        'inbound' as direction,
        survey_name as content,
        load_id,
    from answers
),

invited as (
    select
        source,
        invitation_id as source_record_id,
        invited_at as occurred_at,
        identifier_type,
        identifier_namespace,
        identifier_value,
        'survey' as channel,
        'survey_invited' as touchpoint,
        'outbound' as direction,
        survey_id as content,
        load_id,
    from invitations
),

unioned as (
    select * from answered
    union all by name
    select * from invited
),

touchpoints as (
    select
        source,
        source_record_id,
        occurred_at,
        identifier_type,
        identifier_namespace,
        identifier_value,
        channel,
        touchpoint,
        direction,
        cast(null as varchar) as session_hint,
        cast(null as varchar) as campaign,
        content,
        cast(null as decimal(18, 4)) as value_amount,
        cast(null as varchar) as currency_code,
        cast(null as json) as properties,
        load_id,
    from unioned
)

select * from touchpoints
