-- The billing record behind what an account pays, has and renews. Each value is worked
-- out again from the records, so that a test can hold it against the dimension.
with accounts as (
    select
        account_id,
        currency_code,
    from {{ ref('int_accounts_billed') }}
),

movements as (
    select
        movements.* replace (
            -- an opening balance is read from the movement after it
            replace(movements.activity_id, 'opening|', '') as activity_id
        ),
        row_number() over from_first as first_rank,
        row_number() over from_latest as latest_rank,
        -- of who has left the plan is the one that was left
        row_number() over (
            partition by movements.account_id
            order by
                movements.movement_type != 'churn'
                and movements.plan_name is not null desc,
                movements.occurred_at desc,
                movements.activity_id desc
        ) as plan_rank,
        sum(movements.mrr_change_amount) over (partition by movements.account_id)
            as mrr_amount,
        count(*) over (partition by movements.account_id) as movement_count,
    from {{ ref('int_mrr_movements_of_accounts') }} as movements
    inner join accounts
        on movements.account_id = accounts.account_id
        and movements.currency_code = accounts.currency_code
    where not movements.is_scheduled
    window
        from_first as (
            partition by movements.account_id
            order by movements.occurred_at asc, movements.activity_id asc
        ),
        from_latest as (
            partition by movements.account_id
            order by movements.occurred_at desc, movements.activity_id desc
        )
),

payments as (
    select
        *,
        sum(paid_amount) over (partition by account_id) as total_amount,
        count(*) over (partition by account_id) as payment_count,
        row_number() over (
            partition by account_id
            order by occurred_at desc, transaction_id desc
        ) as latest_rank,
    from {{ ref('int_account_payments') }}
),

derived as (
    select
        account_id,
        'plan_name' as attribute,
        plan_name as attribute_value,
        'activity' as record,
        activity_id as record_id,
        load_id,
        occurred_at as stated_at,
        1 as value_count,
    from movements
    where plan_rank = 1 and movement_type != 'churn' and plan_name is not null
    union all
    select
        account_id,
        'mrr_amount' as attribute,
        cast(cast(mrr_amount as decimal(18, 2)) as varchar) as attribute_value,
        'activity' as record,
        activity_id as record_id,
        load_id,
        occurred_at as stated_at,
        movement_count as value_count,
    from movements
    where latest_rank = 1
    union all
    select
        account_id,
        'customer_since' as attribute,
        cast(occurred_at as varchar) as attribute_value,
        'activity' as record,
        activity_id as record_id,
        load_id,
        occurred_at as stated_at,
        1 as value_count,
    from movements
    where first_rank = 1
    union all
    select
        account_id,
        'paid_amount' as attribute,
        cast(cast(total_amount as decimal(18, 2)) as varchar) as attribute_value,
        'transaction' as record,
        transaction_id as record_id,
        load_id,
        occurred_at as stated_at,
        payment_count as value_count,
    from payments
    where latest_rank = 1
    union all
    select
        account_id,
        'renews_at' as attribute,
        cast(renews_at as varchar) as attribute_value,
        'subscription' as record,
        renewing_subscription_uuid as record_id,
        renewing_load_id as load_id,
        cast(null as timestamptz) as stated_at,
        1 as value_count,
    from {{ ref('int_account_subscriptions') }}
    where renews_at is not null
),

final as (
    select
        md5(concat_ws('|', account_id, attribute)) as account_value_id,
        account_id,
        attribute,
        attribute_value,
        '{{ var("billing_source") }}' as source,
        record,
        record_id,
        load_id,
        stated_at,
        cast(value_count as bigint) as value_count,
        cast(1 as bigint) as survivorship_rank,
        true as is_chosen,
    from derived
)

select * from final
