-- What the account's MRR did. Billing customers of one account are one customer: who
-- moves from one billing system to another neither leaves nor begins, a contract that
-- ends beside another one is a contraction, a further one an expansion.
{% set move_window = "to_days(" ~ var('billing_move_days') ~ ")" %}

with movements as (
    select * from {{ ref('int_mrr_movements_classified') }}
),

account_identifiers as (
    select * from {{ ref('int_account_identifiers') }}
    where
        identifier_type = 'billing_customer_id'
        and identifier_namespace = '{{ var("billing_source") }}'
),

zones as (
    select
        coalesce(max(time_zone), '{{ var("business_time_zone") }}') as time_zone,
    from {{ ref('int_billing_months_listed') }}
),

-- a billing customer without an account stands for itself
owned as (
    select
        movements.*,
        account_identifiers.account_id,
        coalesce(
            account_identifiers.account_id, 'billing|' || movements.billing_customer_id
        ) as owner_id,
    from movements
    left join account_identifiers
        on movements.billing_customer_id = account_identifiers.identifier_value
),

-- one billing customer of the account ends and another begins within a few days, in
-- whatever order
moves as (
    select
        ended.activity_id as ended_activity_id,
        begun.activity_id as begun_activity_id,
        greatest(ended.occurred_at, begun.occurred_at) as moved_at,
    from owned as ended
    inner join owned as begun
        on ended.owner_id = begun.owner_id
        and ended.currency_code = begun.currency_code
        and ended.billing_customer_uuid != begun.billing_customer_uuid
        and ended.is_scheduled = begun.is_scheduled
        and begun.occurred_at between ended.occurred_at - {{ move_window }}
        and ended.occurred_at + {{ move_window }}
    where
        ended.active_change = -1
        and begun.active_change = 1
        and not begun.is_opening
),

legs as (
    select
        activity_id,
        max(moved_at) as moved_at,
    from (
        select
            ended_activity_id as activity_id,
            moved_at,
        from moves
        union all
        select
            begun_activity_id as activity_id,
            moved_at,
        from moves
    ) as every_leg
    group by all
),

-- whoever moves has neither left nor begun in between
dated as (
    select
        owned.*,
        legs.activity_id is not null as is_moved,
        coalesce(legs.moved_at, owned.occurred_at) as counted_at,
        cast(
            {{ clock_in(
                'zones.time_zone', 'coalesce(legs.moved_at, owned.occurred_at)'
            ) }} as date
        ) as counted_on,
    from owned
    left join legs
        on owned.activity_id = legs.activity_id
    cross join zones
),

running as (
    select
        *,
        sum(active_change) over so_far as active_count,
        sum(active_change) over through_the_day as active_count_of_day,
        sum(mrr_change_amount) over same_day as day_change_amount,
    from dated
    window
        so_far as (
            partition by owner_id, currency_code
            order by
                counted_on asc,
                counted_at asc,
                active_change desc,
                activity_id asc
            rows between unbounded preceding and current row
        ),
        through_the_day as (
            partition by owner_id, currency_code
            order by counted_on
            range between unbounded preceding and current row
        ),
        same_day as (partition by owner_id, currency_code, counted_on)
),

-- what an account does on one day is one step: two contracts that end together are one
-- loss, and who ends one contract and begins another stays
stepped as (
    select
        *,
        active_count_of_day - sum(active_change) over same_day
            as active_count_before_day,
        coalesce(max(active_count) over earlier, 0) > 0 as was_active_before,
        bool_or(vendor_movement_type = 'reactivation') over same_day as is_told_as_back,
    from running
    window
        same_day as (partition by owner_id, currency_code, counted_on),
        earlier as (
            partition by owner_id, currency_code
            order by counted_on
            range between unbounded preceding and interval 1 day preceding
        )
),

classified as (
    select
        *,
        case
            when is_opening and period_start is null then 'opening'
            when active_count_before_day <= 0 and active_count_of_day > 0
                then
                    case
                        when was_active_before or is_told_as_back then 'reactivation'
                        else 'new'
                    end
            when active_count_before_day > 0 and active_count_of_day <= 0 then 'churn'
            -- begun and ended on the same day
            when active_count_before_day <= 0 and active_change = 1
                then
                    case
                        when was_active_before or is_told_as_back then 'reactivation'
                        else 'new'
                    end
            when active_count_before_day <= 0 and active_count <= 0 then 'churn'
            when is_moved then 'transfer'
            when mrr_change_amount < 0 then 'contraction'
            else 'expansion'
        end as account_movement_type,
    from stepped
),

final as (
    select
        activity_id,
        account_id,
        owner_id,
        billing_customer_id,
        occurred_at,
        counted_at,
        period_start,
        account_movement_type as movement_type,
        vendor_movement_type,
        mrr_change_amount,
        vendor_mrr_change_amount,
        mrr_after_amount,
        cast(active_change as integer) as active_change,
        currency_code,
        is_in_other_currency,
        plan_name,
        is_scheduled,
        load_id,
    from classified
)

select * from final
