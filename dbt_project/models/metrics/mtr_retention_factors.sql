{% set factors = ['onboarding_booked', 'first_response', 'acquisition_channel'] %}

with accounts as (
    select * from {{ ref('int_accounts_retention_observed') }}
),

counted as (
    select
        'all' as factor,
        'all' as factor_level,
        count(*) filter (where is_retained) as numerator,
        count(*) as denominator,
    from accounts
    having count(*) > 0
    {% for factor in factors %}
    union all
    select
        '{{ factor }}' as factor,
        {{ factor }} as factor_level,
        count(*) filter (where is_retained) as numerator,
        count(*) as denominator,
    from accounts
    group by {{ factor }}
    {% endfor %}
),

final as (
    select
        'account_retention_rate' as metric,
        -- one figure over all accounts that could be watched to the horizon
        cast(date_trunc('month', {{ as_of() }} - interval 1 day) as date)
            as period_start,
        'all_time' as grain,
        case
            when factor = 'acquisition_channel' then factor_level else 'all'
        end as channel,
        'all' as journey_step,
        'retention' as journey_phase,
        'all' as persona,
        cast(numerator as double) as numerator,
        cast(denominator as double) as denominator,
        cast(null as double) as sum_of_squares,
        denominator as sample_size,
        factor,
        factor_level,
    from counted
)

select * from final
