with activities as (
    select * from {{ ref('stg_chartmogul__activities') }}
),

customers as (
    select * from {{ ref('stg_chartmogul__customers') }}
),

months as (
    select * from {{ ref('int_billing_months_listed') }}
),

-- two data sources may use the same external id: one name each keeps one row per
-- movement
plans as (
    select
        plan_external_id,
        min(plan_name) as plan_name,
    from {{ ref('stg_chartmogul__plans') }}
    where plan_external_id is not null
    group by all
),

running as (
    select
        *,
        sum(mrr_change_amount) over earlier as mrr_before_amount,
        count(*) over earlier as earlier_count,
    from activities
    window earlier as (
        partition by billing_customer_uuid
        order by occurred_at, activity_id
        rows between unbounded preceding and 1 preceding
    )
),

-- who paid, left and comes back is not new, whatever the vendor calls it
classified as (
    select
        running.activity_id,
        coalesce(
            customers.billing_customer_id,
            running.billing_customer_id,
            running.billing_customer_uuid
        ) as billing_customer_id,
        running.occurred_at,
        months.period_start,
        case
            when running.movement_type not in ('new_biz', 'new')
                then running.movement_type
            when running.earlier_count > 0 and running.mrr_before_amount <= 0
                then 'reactivation'
            else 'new'
        end as movement_type,
        running.mrr_change_amount,
        running.mrr_after_amount,
        running.currency_code,
        plans.plan_name,
        running.occurred_at >= {{ as_of() }} as is_scheduled,
        running._dlt_load_id as load_id,
    from running
    left join customers
        on running.billing_customer_uuid = customers.billing_customer_uuid
    left join plans
        on running.plan_external_id = plans.plan_external_id
    left join months
        on running.occurred_at >= months.starts_at
        and running.occurred_at < months.ends_at
        and running.occurred_at < {{ as_of() }}
)

select * from classified
