with accounts as (
    select * from {{ ref('int_accounts_described') }}
),

persons as (
    select * from {{ ref('int_customers_described') }}
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

first_paid as (
    select * from {{ ref('int_accounts_first_paid') }}
),

people as (
    select
        customer_accounts.account_id,
        count(*) as person_count,
        count(*) filter (where persons.is_identified) as identified_person_count,
    from customer_accounts
    inner join persons
        on customer_accounts.customer_id = persons.customer_id
    group by all
),

movements as (
    select * from {{ ref('fct_mrr_movements') }}
    where not is_scheduled and account_id is not null
),

-- amounts of two currencies are not added: the one of the latest movement counts
currencies as (
    select
        account_id,
        arg_max(currency_code, (occurred_at, movement_id)) as currency_code,
    from movements
    group by all
),

subscriptions as (
    select
        movements.account_id,
        movements.currency_code,
        min(movements.occurred_at) as customer_since,
        cast(sum(movements.mrr_change_amount) as decimal(18, 2)) as mrr_amount,
        sum(movements.active_change) > 0 as is_paying,
        max(movements.occurred_at) filter (
            where movements.movement_type = 'churn'
        ) as last_churned_at,
        arg_max(
            movements.plan_name, (movements.occurred_at, movements.movement_id)
        ) filter (
            where movements.movement_type != 'churn'
        ) as plan_name,
    from movements
    inner join currencies
        on movements.account_id = currencies.account_id
        and movements.currency_code = currencies.currency_code
    group by all
),

paid as (
    select
        account_id,
        currency_code,
        cast(sum(paid_amount - refunded_amount) as decimal(18, 2)) as paid_amount,
        sum(paid_amount) > 0 as is_paid,
        max(occurred_at) as last_invoiced_at,
    from {{ ref('fct_invoices') }}
    where account_id is not null
    group by all
),

-- Amounts of two currencies are not added either. The one that was paid in is told,
-- that of the MRR before another one; which others there are stands beside it.
payments as (
    select
        paid.account_id,
        paid.currency_code as paid_currency_code,
        paid.paid_amount,
        list_sort(
            list_filter(
                list(case when paid.is_paid then paid.currency_code end) over (
                    partition by paid.account_id
                ),
                lambda code: code != paid.currency_code -- noqa: RF02
            )
        ) as other_paid_currency_codes,
    from paid
    left join currencies
        on paid.account_id = currencies.account_id
    qualify row_number() over (
        partition by paid.account_id
        order by
            paid.is_paid desc,
            paid.currency_code is not distinct from currencies.currency_code desc,
            paid.last_invoiced_at desc,
            paid.currency_code asc
    ) = 1
),

-- what brought the first of its identified people, as long as it paid nothing yet
acquired as (
    select
        customer_accounts.account_id,
        arg_min(
            sessions.acquisition_channel, (sessions.started_at, sessions.session_id)
        ) as acquisition_channel,
    from {{ ref('fct_sessions') }} as sessions
    inner join customer_accounts
        on sessions.customer_id = customer_accounts.customer_id
    inner join persons
        on sessions.customer_id = persons.customer_id
        and persons.is_identified
    left join first_paid
        on customer_accounts.account_id = first_paid.account_id
    where
        first_paid.won_at is null
        or sessions.started_at < first_paid.won_at
    group by all
),

subscribed as (
    select * from {{ ref('int_account_subscriptions') }}
),

health as (
    select * from {{ ref('int_accounts_health') }}
),

final as (
    select
        accounts.account_id,
        accounts.account_name,
        accounts.domain,
        accounts.crm_company_id,
        accounts.billing_customer_ids,
        accounts.country_code,
        accounts.city,
        accounts.industry,
        accounts.employee_count,
        accounts.owner_name,
        accounts.is_internal,
        accounts.first_seen_at,
        coalesce(people.person_count, 0) as person_count,
        coalesce(people.identified_person_count, 0) as identified_person_count,
        acquired.acquisition_channel,
        subscriptions.customer_since,
        first_paid.first_payment_at,
        coalesce(subscriptions.is_paying, false) as is_paying,
        case
            when not subscriptions.is_paying then subscriptions.last_churned_at
        end as churned_at,
        coalesce(subscriptions.mrr_amount, 0) as mrr_amount,
        coalesce(subscriptions.currency_code, payments.paid_currency_code)
            as currency_code,
        coalesce(payments.paid_amount, 0) as paid_amount,
        payments.paid_currency_code,
        coalesce(payments.other_paid_currency_codes, []) as other_paid_currency_codes,
        subscriptions.plan_name,
        subscribed.seat_count,
        subscribed.renews_at,
        coalesce(health.active_person_count_28, 0) as active_person_count_28,
        -- how somebody is doing who pays
        {% for figure in ['usage', 'support', 'feedback', 'payment', 'health'] %}
        case when subscriptions.is_paying then health.{{ figure }}_score end
            as {{ figure }}_score,
        {% endfor %}
        case when subscriptions.is_paying then health.health_status end
            as health_status,
    from accounts
    left join people
        on accounts.account_id = people.account_id
    left join subscriptions
        on accounts.account_id = subscriptions.account_id
    left join payments
        on accounts.account_id = payments.account_id
    left join acquired
        on accounts.account_id = acquired.account_id
    left join first_paid
        on accounts.account_id = first_paid.account_id
    left join subscribed
        on accounts.account_id = subscribed.account_id
    left join health
        on accounts.account_id = health.account_id
)

select * from final
