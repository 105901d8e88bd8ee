with touchpoints as (
    select * from {{ ref('fct_touchpoints') }}
    where customer_id is not null and channel is not null and is_interaction
),

final as (
    select
        customer_id || '|' || channel as customer_channel_id,
        customer_id,
        channel,
        count(*) as touchpoint_count,
        count(*) filter (where direction is distinct from 'outbound')
            as own_touchpoint_count,
        count(*) filter (
            where direction is distinct from 'outbound'
            and occurred_at >= {{ as_of() }} - to_days(28)
        ) as own_touchpoint_count_28,
        min(occurred_at) as first_touch_at,
        max(occurred_at) as last_touch_at,
    from touchpoints
    group by all
)

select * from final
