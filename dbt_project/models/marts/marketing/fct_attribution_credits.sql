with credits as (
    select * from {{ ref('int_attribution_credits') }}
    where window_days = {{ var('attribution_window_days') }}
),

final as (
    select
        concat_ws(
            '|', conversion_id, attribution_model, channel
        ) as attribution_credit_id,
        conversion_id,
        conversion_kind,
        customer_id,
        account_id,
        'kette' as source,
        converted_at as occurred_at,
        attribution_model,
        channel,
        credit,
        credited_amount,
        currency_code,
    from credits
)

select * from final
