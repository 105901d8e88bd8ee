with expected as (
    select * from {{ ref('int_lifetime_values') }}
),

final as (
    select
        subject_kind || '|' || subject_id as lifetime_value_id,
        subject_kind,
        case when subject_kind = 'customer' then subject_id end as customer_id,
        case when subject_kind = 'account' then subject_id end as account_id,
        case
            when subject_kind = 'customer' then 'bg_nbd, gamma_gamma'
            else 'shifted_beta_geometric'
        end as model,
        {{ business_date(as_of()) }} as as_of_date,
        cast({{ var('lifetime_horizon_months') }} as bigint) as horizon_months,
        expected_count,
        cast(expected_amount as decimal(18, 2)) as expected_amount,
        cast(expected_amount_low as decimal(18, 2)) as expected_amount_low,
        cast(expected_amount_high as decimal(18, 2)) as expected_amount_high,
        case
            when expected_amount is not null
                then (
                    select reported.currency_code
                    from {{ ref('int_currency_reported') }} as reported
                )
        end as currency_code,
        alive_rate,
        reason,
        missing_count,
    from expected
)

select * from final
