with fits as (
    select * from {{ ref('int_lifetime_fits') }}
),

final as (
    select
        model || '|' || parameter as lifetime_fit_id,
        model,
        parameter,
        parameter_value,
        parameter_low,
        parameter_high,
        subject_count,
        log_likelihood,
    from fits
)

select * from final
