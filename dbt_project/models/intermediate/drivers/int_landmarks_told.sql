-- How an account was answered and what its people said before each landmark.
with landmarks as (
    select * from {{ ref('int_landmarks_taken') }}
),

conversations as (
    select
        *,
        coalesce(first_customer_message_at, started_at) as opened_at,
    from {{ ref('int_conversations_identified') }}
    where account_id is not null
),

chained as (
    select
        conversation_id,
        opened_at > min(opened_at) over (partition by journey_id) as is_repeat,
    from {{ ref('int_conversations_chained') }}
),

answers as (
    select
        account_id,
        answered_at,
        question_kind,
        score_100,
    from {{ ref('int_survey_answers_identified') }}
    where account_id is not null and score_100 is not null
),

texts as (
    select
        texts.account_id,
        texts.occurred_at,
        scored.sentiment_score,
    from {{ ref('int_texts_unioned') }} as texts
    inner join {{ ref('int_texts_scored') }} as scored
        on texts.text = scored.text
    where texts.account_id is not null and scored.sentiment_score is not null
),

-- how an account was answered when it began is known at each landmark
answered as (
    select
        landmarks.landmark_id,
        median(conversations.first_response_seconds) as first_response_seconds,
    from landmarks
    inner join conversations
        on landmarks.account_id = conversations.account_id
        and landmarks.landmark_at > conversations.first_agent_message_at
        and landmarks.customer_since <= conversations.started_at
        and landmarks.customer_since + to_days({{ var('driver_first_days') }})
        > conversations.started_at
    group by all
),

-- since it began to pay: a few conversations of one quarter say little
resolved as (
    select
        landmarks.landmark_id,
        median(conversations.resolution_seconds) as resolution_seconds,
    from landmarks
    inner join conversations
        on landmarks.account_id = conversations.account_id
        and landmarks.landmark_at > conversations.resolved_at
        and landmarks.customer_since <= conversations.started_at
    group by all
),

opened as (
    select
        landmarks.landmark_id,
        count(*) as conversation_count,
        count(*) filter (where chained.is_repeat) as repeat_count,
        -- what was answered later was not answered then
        count(*) filter (
            where conversations.first_agent_message_at is null
            or conversations.first_agent_message_at >= landmarks.landmark_at
        ) as unanswered_count,
    from landmarks
    inner join conversations
        on landmarks.account_id = conversations.account_id
        and landmarks.landmark_at > conversations.opened_at
        and landmarks.window_from <= conversations.opened_at
    left join chained
        on conversations.conversation_id = chained.conversation_id
    group by all
),

scored as (
    select
        landmarks.landmark_id,
        cast(
            avg({{ addable_score('answers.score_100') }}) filter (
                where answers.question_kind = 'nps'
            ) as double
        ) as nps_score,
        cast(
            avg({{ addable_score('answers.score_100') }}) filter (
                where answers.question_kind = 'csat'
            ) as double
        ) as csat_score,
        cast(
            avg({{ addable_score('answers.score_100') }}) filter (
                where answers.question_kind = 'ces'
            ) as double
        ) as ces_score,
    from landmarks
    inner join answers
        on landmarks.account_id = answers.account_id
        and landmarks.landmark_at > answers.answered_at
        and landmarks.window_from <= answers.answered_at
    group by all
),

felt as (
    select
        landmarks.landmark_id,
        cast(
            avg({{ addable_score('texts.sentiment_score') }}) as double
        ) as sentiment_score,
    from landmarks
    inner join texts
        on landmarks.account_id = texts.account_id
        and landmarks.landmark_at > texts.occurred_at
        and landmarks.window_from <= texts.occurred_at
    group by all
),

final as (
    select
        landmarks.landmark_id,
        answered.first_response_seconds / 60 as first_response_minutes,
        resolved.resolution_seconds / 3600 as resolution_hours,
        coalesce(opened.conversation_count, 0) as conversation_count,
        coalesce(opened.repeat_count, 0) > 0 as has_repeated,
        coalesce(opened.unanswered_count, 0) > 0 as has_gone_unanswered,
        scored.nps_score,
        scored.csat_score,
        scored.ces_score,
        felt.sentiment_score,
    from landmarks
    left join answered
        on landmarks.landmark_id = answered.landmark_id
    left join resolved
        on landmarks.landmark_id = resolved.landmark_id
    left join opened
        on landmarks.landmark_id = opened.landmark_id
    left join scored
        on landmarks.landmark_id = scored.landmark_id
    left join felt
        on landmarks.landmark_id = felt.landmark_id
)

select * from final
