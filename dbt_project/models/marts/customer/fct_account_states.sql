with movements as (
    select * from {{ ref('fct_mrr_movements') }}
    where not is_scheduled and account_id is not null
),

-- amounts of two currencies are not added: the account's own counts
accounts as (
    select
        account_id,
        currency_code,
    from {{ ref('dim_accounts') }}
),

days_in_use as (
    {{ days_in_use() }}
),

-- from the first use until 28 days have passed without any
active_times as (
    select
        persons.account_id,
        days_in_use.used_on,
        days_in_use.leaves_at,
        coalesce(
            days_in_use.first_used_at
            > lag(days_in_use.last_used_at) over per_person + to_days(28),
            true
        ) as begins,
        coalesce(
            lead(days_in_use.first_used_at) over per_person
            > days_in_use.last_used_at + to_days(28),
            true
        ) as ends,
    from days_in_use
    inner join {{ ref('dim_customers') }} as persons
        on days_in_use.customer_id = persons.customer_id
        and persons.account_id is not null
        and persons.is_identified
    window per_person as (
        partition by days_in_use.customer_id order by days_in_use.used_on
    )
),

changes as (
    -- an account with which nothing happened is known all the same
    select
        account_id,
        {{ business_date('first_seen_at') }} as changed_on,
    from {{ ref('dim_accounts') }}
    where first_seen_at is not null
    union all by name
    select
        movements.account_id,
        {{ business_date('movements.occurred_at') }} as changed_on,
        min(movements.occurred_at) as customer_since,
        max(movements.occurred_at) filter (
            where movements.movement_type = 'churn'
        ) as churned_at,
        sum(movements.mrr_change_amount) as mrr_amount,
        arg_max(
            movements.plan_name, (movements.occurred_at, movements.movement_id)
        ) filter (where movements.movement_type != 'churn') as plan_name,
    from movements
    inner join accounts
        on movements.account_id = accounts.account_id
        and movements.currency_code = accounts.currency_code
    group by all
    union all by name
    select
        invoices.account_id,
        {{ business_date('coalesce(invoices.paid_at, invoices.occurred_at)') }}
            as changed_on,
        sum(coalesce(invoices.paid_amount, 0) - coalesce(invoices.refunded_amount, 0))
            as paid_amount,
    from {{ ref('fct_invoices') }} as invoices
    inner join accounts
        on invoices.account_id = accounts.account_id
        and invoices.currency_code = accounts.currency_code
    group by all
    union all by name
    select
        account_id,
        {{ business_date('first_seen_at') }} as changed_on,
        count(*) as person_count,
    from {{ ref('dim_customers') }}
    where account_id is not null and first_seen_at is not null
    group by all
    union all by name
    select
        account_id,
        used_on as changed_on,
        count(*) as active_person_count_28,
    from active_times
    where begins
    group by all
    union all by name
    select
        account_id,
        {{ business_date('leaves_at') }} as changed_on,
        -count(*) as active_person_count_28,
    from active_times
    where ends and leaves_at is not null
    group by all
),

days as (
    select
        account_id,
        changed_on,
        coalesce(sum(mrr_amount), 0) as mrr_amount,
        coalesce(sum(paid_amount), 0) as paid_amount,
        coalesce(sum(person_count), 0) as person_count,
        coalesce(sum(active_person_count_28), 0) as active_person_count_28,
        max(plan_name) as plan_name,
        min(customer_since) as customer_since,
        max(churned_at) as churned_at,
    from changes
    group by all
),

running as (
    select
        account_id,
        changed_on,
        lead(changed_on) over so_far as next_changed_on,
        sum(mrr_amount) over so_far as mrr_amount,
        sum(paid_amount) over so_far as paid_amount,
        sum(person_count) over so_far as person_count,
        sum(active_person_count_28) over so_far as active_person_count_28,
        min(customer_since) over so_far as customer_since,
        max(churned_at) over so_far as churned_at,
        last_value(plan_name ignore nulls) over so_far as plan_name,
    from days
    window so_far as (partition by account_id order by changed_on)
),

final as (
    select
        account_id || '|' || changed_on as account_state_id,
        account_id,
        changed_on as valid_from,
        next_changed_on as valid_to,
        next_changed_on is null as is_current,
        customer_since,
        mrr_amount > 0 as is_paying,
        case when mrr_amount <= 0 then churned_at end as churned_at,
        cast(mrr_amount as decimal(18, 2)) as mrr_amount,
        plan_name,
        cast(paid_amount as decimal(18, 2)) as paid_amount,
        cast(person_count as bigint) as person_count,
        cast(active_person_count_28 as bigint) as active_person_count_28,
    from running
)

select * from final
