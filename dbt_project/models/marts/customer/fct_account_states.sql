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
    -- an account with which nothing happened is known all the same
    select
        account_id,
        {{ business_date("coalesce(first_seen_at, " ~ last_moment() ~ ")") }}
            as changed_on,
        first_seen_at is null as is_undated,
    from {{ ref('dim_accounts') }}
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
        movements.account_id,
        {{ business_date('movements.counted_at') }} as changed_on,
        sum(movements.active_change) as active_count,
    from movements
    inner join accounts
        on movements.account_id = accounts.account_id
        and movements.currency_code = accounts.currency_code
    group by all
    union all by name
    -- a refund is one on its own day, and an invoice that is not there yet is not paid
    select
        account_id,
        {{ business_date('greatest(occurred_at, invoiced_at)') }} as changed_on,
        sum(paid_amount) as paid_amount,
    from {{ ref('int_account_payments') }}
    group by all
    union all by name
    -- whose an anonymous device is, is known once its person is
    select
        account_id,
        {{ business_date(known_at()) }} as changed_on,
        count(*) as person_count,
    from {{ ref('dim_customers') }}
    where account_id is not null
    group by all
    union all by name
    select * from {{ ref('int_account_health_changes') }}
    union all by name
    -- packed, so that an end of both is told apart from no change
    select
        account_id,
        changed_on,
        struct_pack(seat_count := seat_count, renews_at := renews_at) as subscribed,
    from {{ ref('int_account_subscriptions_dated') }}
),

-- what has no date of its own is known from now on, unless something dates it
known as (
    select * from changes
    qualify
        not coalesce(is_undated, false)
        or count(*) over (partition by account_id) = 1
),

days as (
    select
        account_id,
        changed_on,
        coalesce(sum(mrr_amount), 0) as mrr_amount,
        coalesce(sum(active_count), 0) as active_count,
        coalesce(sum(paid_amount), 0) as paid_amount,
        coalesce(sum(person_count), 0) as person_count,
        {% for count in health_counts() %}
        coalesce(sum({{ count }}), 0) as {{ count }},
        {% endfor %}
        max(plan_name) as plan_name,
        max(subscribed) as subscribed,
        min(customer_since) as customer_since,
        max(churned_at) as churned_at,
    from known
    group by all
),

running as (
    select
        account_id,
        changed_on,
        lead(changed_on) over so_far as next_changed_on,
        sum(mrr_amount) over so_far as mrr_amount,
        sum(active_count) over so_far > 0 as is_paying,
        sum(paid_amount) over so_far as paid_amount,
        sum(person_count) over so_far as person_count,
        {% for count in health_counts() %}
        sum({{ count }}) over so_far as {{ count }},
        {% endfor %}
        min(customer_since) over so_far as customer_since,
        max(churned_at) over so_far as churned_at,
        last_value(plan_name ignore nulls) over so_far as plan_name,
        last_value(subscribed ignore nulls) over so_far as subscribed,
    from days
    window so_far as (partition by account_id order by changed_on)
),

judged as (
    {{ account_health('running') }}
),

final as (
    select
        account_id || '|' || changed_on as account_state_id,
        account_id,
        changed_on as valid_from,
        next_changed_on as valid_to,
        next_changed_on is null as is_current,
        customer_since,
        is_paying,
        case when not is_paying then churned_at end as churned_at,
        cast(mrr_amount as decimal(18, 2)) as mrr_amount,
        plan_name,
        cast(paid_amount as decimal(18, 2)) as paid_amount,
        cast(person_count as bigint) as person_count,
        cast(active_person_count_28 as bigint) as active_person_count_28,
        struct_extract(subscribed, 'seat_count') as seat_count,
        struct_extract(subscribed, 'renews_at') as renews_at,
        -- how somebody is doing who pays
        {% for figure in ['usage', 'support', 'feedback', 'payment', 'health'] %}
        case when is_paying then {{ figure }}_score end as {{ figure }}_score,
        {% endfor %}
        case when is_paying then health_status end as health_status,
    from judged
)

select * from final
