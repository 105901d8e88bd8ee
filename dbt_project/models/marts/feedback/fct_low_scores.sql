with answers as (
    select * from {{ ref('fct_survey_answers') }}
    where
        nps_group = 'detractor'
        or (question_kind in ('csat', 'ces', 'review') and score_100 < 50)
),

talks as (
    select * from {{ ref('int_talks_found') }}
),

followed as (
    select
        answers.answer_id,
        min(talks.occurred_at) as followed_up_at,
    from answers
    inner join talks
        on answers.customer_id = talks.customer_id
        and answers.answered_at < talks.occurred_at
    group by answers.answer_id
),

final as (
    select
        answers.answer_id,
        answers.customer_id,
        answers.account_id,
        answers.source,
        answers.answered_at as occurred_at,
        answers.question_kind,
        answers.score_100,
        followed.followed_up_at,
        answers.customer_id is not null and followed.followed_up_at is null as is_open,
    from answers
    left join followed on answers.answer_id = followed.answer_id
)

select * from final
