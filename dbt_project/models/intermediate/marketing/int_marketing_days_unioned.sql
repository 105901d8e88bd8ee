with unioned as (
    {{ union_of('marketing_days') }}
),

final as (
    select
        md5(
            concat_ws(
                '|',
                source,
                channel,
                marketing_account_id,
                coalesce(campaign_id, ''),
                reported_date,
                currency_code
            )
        ) as marketing_day_id,
        *,
    from unioned
    where reported_date < cast('{{ var("as_of") }}' as date)
)

select * from final
