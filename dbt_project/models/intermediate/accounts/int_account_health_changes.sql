-- What enters and leaves the counts of the macro account_health, day by day: summed up
-- to a day they are what int_accounts_health would have counted had it been built then.
with persons as (
    select
        customer_id,
        account_id,
        {{ known_at() }} as identified_at,
    from {{ ref('int_customers_dated') }}
    where account_id is not null and is_identified
),

days_in_use as (
    {{ days_in_use() }}
),

active_days as (
    select
        persons.account_id,
        persons.customer_id,
        greatest(days_in_use.first_used_at, persons.identified_at) as entered_at,
        days_in_use.last_used_at + to_days(28) as left_at,
    from days_in_use
    inner join persons
        on days_in_use.customer_id = persons.customer_id
        and days_in_use.last_used_at + to_days(28) > persons.identified_at
),

-- from the first use until 28 days have passed without any
active_times as (
    select
        account_id,
        case
            when lag(left_at) over per_person >= entered_at then null else entered_at
        end as entered_at,
        case
            when lead(entered_at) over per_person <= left_at then null else left_at
        end as left_at,
    from active_days
    window per_person as (partition by customer_id order by left_at)
),

conversations as (
    select
        account_id,
        is_missed,
        started_at,
        resolved_at,
        status = 'open' as is_open,
        started_at + interval {{ var("health_open_hours") }} hour as overdue_at,
    from {{ ref('int_conversations_identified') }}
    where account_id is not null
),

answers as (
    select
        account_id,
        answered_at,
        {{ addable_score('score_100') }} as score,
    from {{ ref('int_survey_answers_identified') }}
    where account_id is not null and score_100 is not null
),

payments as (
    select
        invoice_id,
        occurred_at,
        sum(amount) over (
            partition by invoice_id
            order by occurred_at, transaction_id
            rows between unbounded preceding and current row
        ) as paid_amount,
    from {{ ref('int_payments_numbered') }}
    where transaction_type = 'payment' and is_successful
),

-- when all of it was paid, however many payments that took
paid_invoices as (
    select
        invoices.invoice_id,
        min(payments.occurred_at) as paid_at,
    from {{ ref('int_invoices_identified') }} as invoices
    inner join payments
        on invoices.invoice_id = payments.invoice_id
        and invoices.total_amount <= payments.paid_amount
    group by all
),

invoices as (
    select
        invoices.account_id,
        invoices.occurred_at,
        invoices.occurred_at + to_days({{ var("health_unpaid_days") }}) as overdue_at,
        least(
            paid_invoices.paid_at, invoices.occurred_at + to_days(180)
        ) as settled_at,
    from {{ ref('int_invoices_identified') }} as invoices
    left join paid_invoices
        on invoices.invoice_id = paid_invoices.invoice_id
    where invoices.account_id is not null and invoices.total_amount > 0
),

changes as (
    select
        account_id,
        identified_at as changed_at,
        1 as identified_person_count,
    from persons
    union all by name
    select
        account_id,
        entered_at as changed_at,
        1 as active_person_count_28,
    from active_times
    union all by name
    select
        account_id,
        left_at as changed_at,
        -1 as active_person_count_28,
    from active_times
    union all by name
    select
        account_id,
        started_at as changed_at,
        1 as conversation_count,
        cast(is_missed as integer) as missed_conversation_count,
    from conversations
    union all by name
    select
        account_id,
        greatest(resolved_at, started_at + to_days(90)) as changed_at,
        -1 as conversation_count,
        -cast(is_missed as integer) as missed_conversation_count,
    from conversations
    where not is_open
    union all by name
    select
        account_id,
        overdue_at as changed_at,
        1 as overdue_conversation_count,
    from conversations
    where is_open or resolved_at > overdue_at
    union all by name
    select
        account_id,
        resolved_at as changed_at,
        -1 as overdue_conversation_count,
    from conversations
    where resolved_at > overdue_at
    union all by name
    select
        account_id,
        answered_at as changed_at,
        score as feedback_score_sum,
        1 as feedback_answer_count,
    from answers
    union all by name
    select
        account_id,
        answered_at + to_days(180) as changed_at,
        -score as feedback_score_sum,
        -1 as feedback_answer_count,
    from answers
    union all by name
    select
        account_id,
        occurred_at as changed_at,
        1 as invoice_count,
    from invoices
    union all by name
    select
        account_id,
        overdue_at as changed_at,
        1 as overdue_invoice_count,
    from invoices
    where settled_at > overdue_at
    union all by name
    select
        account_id,
        settled_at as changed_at,
        -1 as overdue_invoice_count,
    from invoices
    where settled_at > overdue_at
),

final as (
    select
        account_id,
        {{ business_date('changed_at') }} as changed_on,
        {% for count in health_counts() %}
        coalesce(sum({{ count }}), 0) as {{ count }},
        {% endfor %}
    from changes
    -- what enters or leaves later has not done so yet
    where changed_at < {{ as_of() }}
    group by all
)

select * from final
