{% set earlier_day -%}
cast('{{ var("as_of") }}' as date) - {{ var("health_trend_days") }}
{%- endset %}
with accounts as (
    select * from {{ ref('dim_accounts') }}
    where not is_internal
),

customers as (
    select * from {{ ref('dim_customers') }}
    where account_id is not null and not is_internal
),

talks as (
    select
        account_id,
        max(occurred_at) as last_talk_at,
    from {{ ref('int_talks_found') }}
    where account_id is not null
    group by account_id
),

seen as (
    select
        account_id,
        max(last_seen_at) as last_seen_at,
    from customers
    group by account_id
),

open_conversations as (
    select
        account_id,
        count(*) as open_conversation_count,
    from {{ ref('fct_conversations') }}
    where status = 'open' and account_id is not null
    group by account_id
),

open_scores as (
    select
        account_id,
        count(*) as open_score_count,
    from {{ ref('fct_low_scores') }}
    where is_open and account_id is not null
    group by account_id
),

scores as (
    select
        answers.account_id,
        answers.score as last_nps_score,
        answers.answered_at as last_nps_at,
        row_number() over (
            partition by answers.account_id
            order by answers.answered_at desc, answers.answer_id desc
        ) as place,
    from {{ ref('fct_survey_answers') }} as answers
    left join customers
        on answers.customer_id = customers.customer_id
    where
        answers.question_kind = 'nps'
        and answers.score_100 is not null
        and answers.account_id is not null
        and (answers.customer_id is null or customers.customer_id is not null)
),

states as (
    select * from {{ ref('fct_account_states') }}
    where
        valid_from <= {{ earlier_day }}
        and coalesce(valid_to > {{ earlier_day }}, true)
),

final as (
    select
        accounts.account_id,
        accounts.health_score,
        states.health_score as earlier_health_score,
        accounts.health_score - states.health_score as health_change,
        seen.last_seen_at,
        talks.last_talk_at,
        coalesce(open_conversations.open_conversation_count, 0)
            as open_conversation_count,
        coalesce(open_scores.open_score_count, 0) as open_score_count,
        scores.last_nps_score,
        scores.last_nps_at,
    from accounts
    left join states on accounts.account_id = states.account_id
    left join seen on accounts.account_id = seen.account_id
    left join talks on accounts.account_id = talks.account_id
    left join open_conversations
        on accounts.account_id = open_conversations.account_id
    left join open_scores on accounts.account_id = open_scores.account_id
    left join scores
        on accounts.account_id = scores.account_id and scores.place = 1
)

select * from final
