-- The moments at which an account is looked at: so many days after it began to pay,
-- then from one horizon to the next as long as it pays, and today. What happened before
-- may explain whether it still pays at the next. The horizons do not overlap, so each
-- time an account leaves counts once.
{% set landmark = "to_days(" ~ var('driver_first_days') ~ ")" %}
{% set horizon = var('driver_horizon_days') %}

with movements as (
    select * from {{ ref('int_mrr_movements_of_accounts') }}
    where not is_scheduled and account_id is not null
),

left_out as (
    -- what happened in the first days of who was there before is not known
    select account_id
    from movements
    where movement_type = 'opening'
    union
    select account_id
    from {{ ref('int_accounts_described') }}
    where is_internal
),

accounts as (
    select
        billed.account_id,
        billed.customer_since,
    from {{ ref('int_accounts_billed') }} as billed
    left join left_out
        on billed.account_id = left_out.account_id
    where billed.customer_since is not null and left_out.account_id is null
),

numbered as (
    select
        account_id,
        customer_since,
        unnest(
            range(
                cast(
                    date_diff(
                        'day', customer_since + {{ landmark }}, {{ as_of() }}
                    ) // {{ horizon }} as bigint
                ) + 1
            )
        ) as landmark_number,
    from accounts
    where customer_since + {{ landmark }} < {{ as_of() }}
),

moments as (
    select
        account_id,
        customer_since,
        landmark_number,
        customer_since
        + {{ landmark }}
        + to_days(cast(landmark_number * {{ horizon }} as integer)) as landmark_at,
        false as is_current,
    from numbered
    union all
    select
        account_id,
        customer_since,
        -1 as landmark_number,
        {{ as_of() }} as landmark_at,
        true as is_current,
    from accounts
),

paying as (
    select
        moments.account_id,
        moments.customer_since,
        moments.landmark_number,
        moments.landmark_at,
        moments.is_current,
        not moments.is_current
        and moments.landmark_at + to_days({{ horizon }}) <= {{ as_of() }}
            as is_watched,
        sum(movements.active_change) filter (
            where movements.counted_at < moments.landmark_at
        ) as active_count,
        sum(movements.active_change) filter (
            where movements.counted_at < moments.landmark_at + to_days({{ horizon }})
        ) as later_active_count,
        sum(movements.mrr_change_amount) filter (
            where movements.counted_at < moments.landmark_at
            and not movements.is_in_other_currency
        ) as mrr_amount,
    from moments
    inner join movements
        on moments.account_id = movements.account_id
    group by all
),

final as (
    select
        account_id || '|' || landmark_number as landmark_id,
        account_id,
        customer_since,
        landmark_number,
        landmark_at,
        landmark_at
        - to_days({{ var('driver_window_days') }}) as window_from,
        is_current,
        case when is_watched then coalesce(later_active_count, 0) > 0 end
            as is_retained,
        mrr_amount,
    from paying
    where active_count > 0 and (is_current or is_watched)
)

select * from final
