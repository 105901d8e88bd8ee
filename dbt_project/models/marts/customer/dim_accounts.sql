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

billed as (
    select * from {{ ref('int_accounts_billed') }}
),

acquired as (
    select * from {{ ref('int_accounts_acquired') }}
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
        billed.customer_since,
        first_paid.first_payment_at,
        coalesce(billed.is_paying, false) as is_paying,
        billed.churned_at,
        coalesce(billed.mrr_amount, 0) as mrr_amount,
        billed.currency_code,
        coalesce(billed.paid_amount, 0) as paid_amount,
        billed.paid_currency_code,
        coalesce(billed.other_paid_currency_codes, []) as other_paid_currency_codes,
        billed.plan_name,
        subscribed.seat_count,
        subscribed.renews_at,
        coalesce(health.active_person_count_28, 0) as active_person_count_28,
        -- how somebody is doing who pays
        {% for figure in ['usage', 'support', 'feedback', 'payment', 'health'] %}
        case when billed.is_paying then health.{{ figure }}_score end
            as {{ figure }}_score,
        {% endfor %}
        case when billed.is_paying then health.health_status end
            as health_status,
    from accounts
    left join people
        on accounts.account_id = people.account_id
    left join billed
        on accounts.account_id = billed.account_id
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
