-- When each account became a customer and when it left, as often as it did. Who pays
-- without a subscription that is known is a customer from the first payment on.
with movements as (
    select
        account_id,
        -- who moves between billing customers has not left in between
        counted_at as occurred_at,
        sum(active_change) as active_change,
    from {{ ref('int_mrr_movements_of_accounts') }}
    where not is_scheduled and account_id is not null
    group by all
),

first_paid as (
    select * from {{ ref('int_accounts_first_paid') }}
),

running as (
    select
        account_id,
        occurred_at as changed_at,
        sum(active_change) over (
            partition by account_id order by occurred_at
        ) > 0 as is_paying,
    from movements
),

changed as (
    select * from running
    qualify
        is_paying is distinct from lag(is_paying, 1, false) over (
            partition by account_id order by changed_at
        )
),

counted as (
    select
        account_id,
        changed_at,
        is_paying,
        count(*) filter (where not is_paying) over (
            partition by account_id order by changed_at
        ) as times_left,
    from changed
),

paid_otherwise as (
    select
        first_paid.account_id,
        first_paid.won_at as changed_at,
        true as is_paying,
        0 as times_left,
    from first_paid
    left join counted
        on first_paid.account_id = counted.account_id
    where counted.account_id is null and first_paid.won_at is not null
),

final as (
    select * from counted
    union all
    select * from paid_otherwise
)

select
    account_id || '|' || changed_at as paying_period_id,
    *,
from final
