-- How an account is doing now, by the macro account_health. It describes and does not
-- predict: what affects retention is measured in fct_retention_drivers.
with accounts as (
    select account_id
    from {{ ref('int_mrr_movements_of_accounts') }}
    where account_id is not null and not is_scheduled
    union
    -- who tries the product has active people before anything is paid
    select account_id
    from {{ ref('int_customer_accounts') }}
),

used as (
    select distinct customer_id
    from {{ ref('int_touchpoints_phased') }}
    where
        journey_step = 'use'
        and occurred_at >= {{ as_of() }} - to_days(28)
),

people as (
    select
        customer_accounts.account_id,
        count(*) as identified_person_count,
        count(*) filter (where used.customer_id is not null) as active_person_count_28,
    from {{ ref('int_customer_accounts') }} as customer_accounts
    inner join {{ ref('int_customers_described') }} as persons
        on customer_accounts.customer_id = persons.customer_id
        and persons.is_identified
    left join used
        on customer_accounts.customer_id = used.customer_id
    group by all
),

support as (
    select
        account_id,
        count(*) filter (
            where status = 'open'
            and started_at
            < {{ as_of() }} - interval {{ var("health_open_hours") }} hour
        ) as overdue_conversation_count,
        count(*) filter (where is_missed) as missed_conversation_count,
        count(*) as conversation_count,
    from {{ ref('int_conversations_identified') }}
    where
        account_id is not null
        and (status = 'open' or started_at >= {{ as_of() }} - to_days(90))
    group by all
),

feedback as (
    select
        account_id,
        sum({{ addable_score('score_100') }}) as feedback_score_sum,
        count(*) as feedback_answer_count,
    from {{ ref('int_survey_answers_identified') }}
    where
        account_id is not null
        and score_100 is not null
        and answered_at >= {{ as_of() }} - to_days(180)
    group by all
),

payments as (
    select
        account_id,
        count(*) as invoice_count,
        count(*) filter (
            where coalesce(paid_amount, 0) < total_amount
            and occurred_at < {{ as_of() }} - to_days({{ var("health_unpaid_days") }})
            and occurred_at >= {{ as_of() }} - to_days(180)
        ) as overdue_invoice_count,
    from {{ ref('int_invoices_identified') }}
    where account_id is not null and total_amount > 0
    group by all
),

counts as (
    select
        accounts.account_id,
        people.active_person_count_28,
        people.identified_person_count,
        support.overdue_conversation_count,
        support.missed_conversation_count,
        support.conversation_count,
        feedback.feedback_score_sum,
        feedback.feedback_answer_count,
        payments.overdue_invoice_count,
        payments.invoice_count,
    from accounts
    left join people
        on accounts.account_id = people.account_id
    left join support
        on accounts.account_id = support.account_id
    left join feedback
        on accounts.account_id = feedback.account_id
    left join payments
        on accounts.account_id = payments.account_id
),

final as (
    {{ account_health('counts') }}
)

select * from final
