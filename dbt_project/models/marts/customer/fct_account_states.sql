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

changes as (
    select
        movements.account_id,
        {{ business_date('movements.occurred_at') }} as changed_on,
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
),

days as (
    select
        account_id,
        changed_on,
        coalesce(sum(mrr_amount), 0) as mrr_amount,
        coalesce(sum(paid_amount), 0) as paid_amount,
        coalesce(sum(person_count), 0) as person_count,
        max(plan_name) as plan_name,
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
        mrr_amount > 0 as is_paying,
        cast(mrr_amount as decimal(18, 2)) as mrr_amount,
        plan_name,
        cast(paid_amount as decimal(18, 2)) as paid_amount,
        cast(person_count as bigint) as person_count,
    from running
)

select * from final
