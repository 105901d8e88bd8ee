-- What a unit of each currency is worth in that of the company's figures, by day. The
-- names differ from those of amounts, since macros look a rate up beside them.
with rates as (
    select * from {{ ref('fx_rates') }}
    where exchange_rate > 0
),

reported as (
    select * from {{ ref('int_currency_reported') }}
),

final as (
    select
        rates.currency_code as from_currency_code,
        rates.rate_date as rate_valid_from,
        coalesce(
            lead(rates.rate_date) over (
                partition by rates.currency_code order by rates.rate_date
            ),
            date '9999-12-31'
        ) as rate_valid_to,
        rates.exchange_rate,
    from rates
    inner join reported
        on rates.to_currency_code = reported.currency_code
    where rates.currency_code != reported.currency_code
)

select * from final
