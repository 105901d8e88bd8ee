-- Whom each person belongs to and since when they are seen. A touchpoint of theirs may
-- be older than whatever told who they are.
with persons as (
    select * from {{ ref('int_customers_described') }}
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

touched as (
    select * from {{ ref('int_customers_touched') }}
),

final as (
    select
        persons.customer_id,
        customer_accounts.account_id,
        persons.is_identified,
        persons.identified_at,
        least(persons.first_seen_at, touched.first_touch_at) as first_seen_at,
    from persons
    left join customer_accounts
        on persons.customer_id = customer_accounts.customer_id
    left join touched
        on persons.customer_id = touched.customer_id
)

select * from final
