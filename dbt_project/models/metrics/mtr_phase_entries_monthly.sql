with entries as (
    select
        entries.journey_phase,
        entries.channel,
        {{ business_month('entries.entered_at') }} as period_start,
    from {{ ref('fct_phase_entries') }} as entries
    inner join {{ ref('dim_customers') }} as customers
        on entries.customer_id = customers.customer_id
    where not customers.is_internal
),

final as (
    select
        period_start,
        journey_phase,
        channel,
        count(*) as entry_count,
    from entries
    group by all
)

select * from final
