-- What brought the first of its identified people, as long as it paid nothing yet.
with sessions as (
    select * from {{ ref('int_sessions_built') }}
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

persons as (
    select * from {{ ref('int_customers_described') }}
    where is_identified
),

first_paid as (
    select * from {{ ref('int_accounts_first_paid') }}
),

final as (
    select
        customer_accounts.account_id,
        arg_min(
            sessions.acquisition_channel, (sessions.started_at, sessions.session_id)
        ) as acquisition_channel,
    from sessions
    inner join customer_accounts
        on sessions.customer_id = customer_accounts.customer_id
    inner join persons
        on sessions.customer_id = persons.customer_id
    left join first_paid
        on customer_accounts.account_id = first_paid.account_id
    where
        first_paid.won_at is null
        or sessions.started_at < first_paid.won_at
    group by all
)

select * from final
