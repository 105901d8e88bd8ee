{# The step is the one that the moment of the survey asks about; where it asks about
   the whole relationship, the one of the last contact before. #}
with answers as (
    select * from {{ ref('fct_survey_answers') }}
),

moments as (
    select * from {{ ref('survey_moments') }}
),

texts as (
    select * from {{ ref('fct_texts') }}
),

conversations as (
    select * from {{ ref('fct_conversations') }}
),

contacts as (
    select * from {{ ref('fct_touchpoints') }}
    where
        is_interaction
        and direction is distinct from 'outbound'
        and channel is not null
        and journey_step is not null
),

asked as (
    select
        answers.*,
        moments.journey_step as step_of_moment,
        coalesce(answers.invited_at, answers.answered_at) as asked_at,
    from answers
    left join moments on answers.moment = moments.moment
),

contacts_before as (
    select
        asked.answer_id,
        contacts.channel,
        contacts.journey_step,
        row_number() over (
            partition by asked.answer_id
            order by contacts.occurred_at desc, contacts.touchpoint_id desc
        ) as place,
    from asked
    inner join contacts
        on asked.customer_id = contacts.customer_id
        and asked.asked_at > contacts.occurred_at
        and asked.asked_at
        <= contacts.occurred_at + to_days({{ var('feedback_contact_days') }})
    where
        asked.question_kind != 'review'
        and contacts.journey_step
        = coalesce(asked.step_of_moment, contacts.journey_step)
),

-- a review is a contact by itself; of a person who is not known it is not known what
-- they did before, but the survey came to them in the channel where they were
placed as (
    select
        asked.*,
        case
            when asked.question_kind = 'review' then 'recommend'
            else coalesce(contacts_before.journey_step, asked.step_of_moment)
        end as journey_step,
        case
            when asked.question_kind = 'review' then asked.channel
            when asked.customer_id is null then asked.channel
            else contacts_before.channel
        end as contact_channel,
    from asked
    left join contacts_before
        on asked.answer_id = contacts_before.answer_id
        and contacts_before.place = 1
),

of_answers as (
    select
        'answer|' || answer_id as step_feedback_id,
        question_kind as feedback_kind,
        customer_id,
        account_id,
        occurred_at,
        source,
        answer_id,
        cast(null as varchar) as text_id,
        cast(null as varchar) as conversation_id,
        contact_channel as channel,
        journey_step,
        score_100,
        nps_group,
        cast(null as varchar) as sentiment,
        cast(null as double) as sentiment_score,
    from placed
    where question_kind in ('nps', 'csat', 'ces') and score_100 is not null
),

-- who writes in a conversation has a problem to solve
of_texts as (
    select
        'text|' || texts.text_id as step_feedback_id,
        'text' as feedback_kind,
        texts.customer_id,
        texts.account_id,
        texts.occurred_at,
        texts.source,
        texts.answer_id,
        texts.text_id,
        texts.conversation_id,
        case
            when texts.conversation_id is not null then conversations.channel
            else placed.contact_channel
        end as channel,
        case
            when texts.conversation_id is not null then 'solve_problem'
            else placed.journey_step
        end as journey_step,
        cast(null as double) as score_100,
        cast(null as varchar) as nps_group,
        texts.sentiment,
        texts.sentiment_score,
    from texts
    left join conversations
        on texts.conversation_id = conversations.conversation_id
    left join placed on texts.answer_id = placed.answer_id
),

final as (
    select * from of_answers
    union all
    select * from of_texts
)

select * from final
