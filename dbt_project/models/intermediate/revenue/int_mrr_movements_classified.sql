-- What each billing customer's MRR did, by itself. Two things are made up for:
-- movements that are not known (the account sold before the first one that was loaded)
-- are one opening balance, and what a drifting exchange rate leaves over once a
-- customer has left is taken off with the movement that ended it.
with billing_account as (
    select
        coalesce(bool_or(has_left_at_zero_mrr), false) as has_left_at_zero_mrr,
        -- the code of ISO 4217 for no currency
        coalesce(max(currency_code), 'XXX') as currency_code,
    from {{ billing('account') }}
),

-- The currency of the company's figures: the account's own, into which the vendor
-- converts. Where no movement is in it, what most of them are in.
reporting as (
    select
        arg_max(
            currency_code,
            (
                currency_code = (
                    select own.currency_code from billing_account as own
                ),
                movement_count,
                currency_code
            )
        ) as currency_code,
    from (
        select
            coalesce(
                currency_code, (select own.currency_code from billing_account as own)
            ) as currency_code,
            count(*) as movement_count,
        from {{ billing('activities') }}
        group by all
    ) as used
),

-- an amount that nobody can read moves nothing: the control totals tell of it
activities as (
    select
        activities.* replace (
            coalesce(activities.mrr_change_amount, 0) as mrr_change_amount,
            coalesce(
                activities.currency_code, billing_account.currency_code
            ) as currency_code
        ),
        coalesce(movement_type in ('new_biz', 'new'), false) as is_new, -- noqa: RF02
        count(distinct coalesce(subscription_external_id, '')) over ( -- noqa: RF02
            partition by billing_customer_uuid -- noqa: RF02
        ) as subscription_count,
    from {{ billing('activities') }} as activities
    cross join billing_account
),

customers as (
    select * from {{ billing('customers') }}
),

months as (
    select * from {{ ref('int_billing_months_listed') }}
),

first_month as (
    select min(starts_at) as starts_at
    from months
),

-- two data sources may use the same external id: one name each keeps one row per
-- movement
plans as (
    select
        plan_external_id,
        min(plan_name) as plan_name,
    from {{ billing('plans') }}
    where plan_external_id is not null
    group by all
),

-- of one moment the first purchase comes first, then what is lost, then what is won
numbered as (
    select
        *,
        row_number() over in_order as place,
        count(*) over same_moment as moment_count,
        sum(mrr_change_amount) over in_order as mrr_so_far_amount,
    from activities
    window
        in_order as (
            partition by billing_customer_uuid -- noqa: RF02
            order by
                occurred_at asc, is_new desc, mrr_change_amount asc, activity_id asc
            rows between unbounded preceding and current row
        ),
        same_moment as (partition by billing_customer_uuid, occurred_at)
),

-- A customer begins with a purchase or comes back. If neither is its first movement,
-- what was there before was not loaded: the vendor's MRR after it tells how much, and
-- MRR is never below zero.
openings as (
    select
        billing_customer_uuid,
        greatest(
            coalesce(max(mrr_after_amount - mrr_change_amount) filter (
                where place = 1
            ), 0),
            -min(mrr_so_far_amount),
            0
        ) as mrr_change_amount,
    from numbered
    group by all
    having not bool_or(is_new or movement_type = 'reactivation') filter (
        where place = 1
    )
),

opened as (
    select
        'opening|' || numbered.activity_id as activity_id,
        numbered.billing_customer_uuid,
        numbered.billing_customer_id,
        -- when it was is known where the customer's own record tells it
        case
            when customers.customer_since_at < numbered.occurred_at
                then customers.customer_since_at
            else
                least(
                    first_month.starts_at, numbered.occurred_at
                ) - interval 1 microsecond
        end as occurred_at,
        'opening' as movement_type,
        openings.mrr_change_amount,
        openings.mrr_change_amount as mrr_after_amount,
        numbered.currency_code,
        cast(0 as bigint) as place,
        true as is_opening,
        numbered._dlt_load_id,
    from openings
    inner join numbered
        on openings.billing_customer_uuid = numbered.billing_customer_uuid
        and numbered.place = 1
    left join customers
        on openings.billing_customer_uuid = customers.billing_customer_uuid
    cross join first_month
    where openings.mrr_change_amount > 0
),

-- who has not moved since is told by the customer's record alone
stated as (
    select
        'opening|' || customers.billing_customer_uuid as activity_id,
        customers.billing_customer_uuid,
        customers.billing_customer_id,
        customers.customer_since_at as occurred_at,
        'opening' as movement_type,
        customers.mrr_amount as mrr_change_amount,
        customers.mrr_amount as mrr_after_amount,
        billing_account.currency_code,
        cast(0 as bigint) as place,
        true as is_opening,
        customers._dlt_load_id,
    from customers
    inner join first_month
        on customers.customer_since_at < first_month.starts_at
    left join numbered
        on customers.billing_customer_uuid = numbered.billing_customer_uuid
    cross join billing_account
    where
        numbered.billing_customer_uuid is null
        and not coalesce(customers.is_deleted, false)
        and customers.mrr_amount > 0
),

moved as (
    select
        *,
        coalesce(is_opening, false) as is_opened,
        -- the vendor says churn only where no other subscription goes on
        coalesce(
            mrr_after_amount = 0
            and moment_count = 1
            and (movement_type = 'churn' or subscription_count = 1),
            false
        ) as is_end,
    from (
        select * from opened
        union all by name
        select * from stated
        union all by name
        select * from numbered
    ) as every_movement
),

counted as (
    select
        *,
        count(*) filter (where is_end) over earlier as ends_before,
    from moved
    window earlier as (
        partition by billing_customer_uuid
        order by place
        rows between unbounded preceding and 1 preceding
    )
),

-- what the sum of its movements leaves over when it ends
left_over as (
    select
        *,
        sum(mrr_change_amount) over (
            partition by billing_customer_uuid, ends_before
            order by place
            rows between unbounded preceding and current row
        ) as rest_amount,
    from counted
),

settled as (
    select
        *,
        mrr_change_amount
        - case
            -- more than half of it is no rate
            when is_end and abs(rest_amount) * 2 < abs(mrr_change_amount)
                then rest_amount
            else 0
        end as settled_change_amount,
    from left_over
),

running as (
    select
        *,
        sum(settled_change_amount) over so_far as balance_amount,
    from settled
    window so_far as (
        partition by billing_customer_uuid
        order by place
        rows between unbounded preceding and current row
    )
),

-- a full discount keeps a customer, unless the billing account says that it ends it
judged as (
    select
        running.*,
        running.balance_amount > 0
        or (
            coalesce(running.movement_type, '') != 'churn'
            and not billing_account.has_left_at_zero_mrr
        ) as is_active_after,
    from running
    cross join billing_account
),

compared as (
    select
        *,
        lag(balance_amount) over in_order as balance_before_amount,
        coalesce(lag(is_active_after) over in_order, false) as is_active_before,
    from judged
    window in_order as (partition by billing_customer_uuid order by place)
),

-- who paid, left and comes back is not new, whatever the vendor calls it
classified as (
    select
        compared.activity_id,
        compared.billing_customer_uuid,
        coalesce(
            customers.billing_customer_id,
            compared.billing_customer_id,
            compared.billing_customer_uuid
        ) as billing_customer_id,
        compared.occurred_at,
        months.period_start,
        case
            when not coalesce(compared.is_new, false) then compared.movement_type
            when compared.balance_before_amount <= 0 then 'reactivation'
            else 'new'
        end as movement_type,
        compared.movement_type as vendor_movement_type,
        cast(
            case when not compared.is_opened then compared.mrr_change_amount end
            as decimal(18, 2)
        ) as vendor_mrr_change_amount,
        cast(compared.settled_change_amount as decimal(18, 2)) as mrr_change_amount,
        cast(compared.mrr_after_amount as decimal(18, 2)) as mrr_after_amount,
        cast(compared.balance_amount as decimal(18, 2)) as balance_amount,
        cast(compared.is_active_after as integer)
        - cast(compared.is_active_before as integer) as active_change,
        compared.currency_code,
        -- null where nothing moved yet: what was there before is in the account's own
        coalesce(compared.currency_code != reporting.currency_code, false)
            as is_in_other_currency,
        plans.plan_name,
        compared.is_opened as is_opening,
        compared.occurred_at >= {{ as_of() }} as is_scheduled,
        compared._dlt_load_id as load_id,
    from compared
    left join customers
        on compared.billing_customer_uuid = customers.billing_customer_uuid
    left join plans
        on compared.plan_external_id = plans.plan_external_id
    left join months
        on compared.occurred_at >= months.starts_at
        and compared.occurred_at < months.ends_at
        and compared.occurred_at < {{ as_of() }}
    cross join reporting
)

select * from classified
