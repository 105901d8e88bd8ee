-- What each channel brought and cost under every model, for questions that name one.
-- The metrics of the catalogue have a model of their own (mtr_marketing_monthly).
with credits as (
    select
        attribution_model,
        conversion_kind,
        conversion_id,
        channel,
        credit,
        {{ in_reported_currency(
            'credited_amount', 'currency_code', business_date('occurred_at')
        ) }} as credited_amount,
        cast(null as decimal(18, 6)) as spend_amount,
        {{ business_month('occurred_at') }} as period_start,
    from {{ ref('fct_attribution_credits') }}
),

kinds as (
    select distinct
        attribution_model,
        conversion_kind,
    from credits
),

spent as (
    select
        kinds.attribution_model,
        kinds.conversion_kind,
        cast(null as varchar) as conversion_id,
        coalesce(days.channel, 'unmapped') as channel,
        cast(null as decimal(18, 12)) as credit,
        cast(null as decimal(18, 4)) as credited_amount,
        {{ in_reported_currency(
            'days.spend_amount', 'days.currency_code', 'days.reported_date'
        ) }} as spend_amount,
        cast(date_trunc('month', days.reported_date) as date) as period_start,
    from {{ ref('fct_marketing_daily') }} as days
    cross join kinds
    where days.spend_amount is not null
),

unioned as (
    select * from credits
    union all
    select * from spent
),

final as (
    select
        concat_ws(
            '|', period_start, conversion_kind, attribution_model, channel
        ) as attribution_month_id,
        period_start,
        conversion_kind,
        attribution_model,
        channel,
        coalesce(sum(credit), 0) as credited_count,
        sum(credited_amount) as credited_amount,
        count(conversion_id) filter (where credit > 0) as conversion_count,
        sum(spend_amount) as spend_amount,
    from unioned
    group by period_start, conversion_kind, attribution_model, channel
)

select * from final
