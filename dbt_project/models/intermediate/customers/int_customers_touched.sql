with touchpoints as (
    select * from {{ ref('int_touchpoints_phased') }}
    where customer_id is not null
),

final as (
    select
        customer_id,
        min(occurred_at) filter (
            where is_interaction and direction is distinct from 'outbound'
        ) as first_touch_at,
        max(occurred_at) filter (
            where is_interaction and direction is distinct from 'outbound'
        ) as last_touch_at,
        count(*) filter (where is_interaction) as touchpoint_count,
        arg_min(campaign, (occurred_at, touchpoint_id)) filter (
            where direction is distinct from 'outbound'
        ) as first_campaign,
        min(occurred_at) filter (where touchpoint = 'signed_up') as signed_up_at,
        min(occurred_at) filter (
            where touchpoint = 'onboarding_session_booked'
        ) as onboarding_booked_at,
        min(occurred_at) filter (where journey_step = 'use') as product_first_used_at,
        max(occurred_at) filter (where journey_step = 'use') as product_last_used_at,
        count(distinct {{ business_date('occurred_at') }}) filter (
            where journey_step = 'use'
            and occurred_at >= {{ as_of() }} - to_days(7)
        ) as active_days_7,
        count(distinct {{ business_date('occurred_at') }}) filter (
            where journey_step = 'use'
            and occurred_at >= {{ as_of() }} - to_days(28)
        ) as active_days_28,
        count(distinct {{ business_date('occurred_at') }}) filter (
            where journey_step = 'use'
            and occurred_at >= {{ as_of() }} - to_days(90)
        ) as active_days_90,
        count(*) filter (
            where touchpoint in (
                {% for name in var("product_key_touchpoints") %}
                '{{ name }}'{% if not loop.last %},{% endif %}
                {% endfor %}
            )
        ) as key_event_count,
    from touchpoints
    group by all
)

select * from final
