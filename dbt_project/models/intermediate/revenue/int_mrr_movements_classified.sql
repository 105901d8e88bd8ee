with activities as (
    select * from {{ ref('stg_chartmogul__activities') }}
),

plans as (
    select * from {{ ref('stg_chartmogul__plans') }}
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
        running.billing_customer_id,
        running.occurred_at,
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
    from running
    left join plans
        on running.plan_external_id = plans.plan_external_id
)

select * from classified
