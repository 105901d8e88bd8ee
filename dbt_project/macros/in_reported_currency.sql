{# An amount in the currency of the company's figures: as it is where it is in that one, else by the last
   rate of seeds/fx_rates.csv known on its day. Null where there is none, so that nothing is added up
   over currencies, and where it would be larger than amounts may be. #}
{% macro in_reported_currency(amount, currency_code, day) -%}
    case
        when {{ currency_code }} = (select currency_code from {{ ref('int_currency_reported') }})
            then {{ amount }}
        else
            {{ at_rate(amount, exchange_rate(currency_code, day, amount)) }}
    end
{%- endmacro %}

{# The last rate of a currency known on a day, null where there is none; of an amount that it would make
   too large for one, where one is given. #}
{% macro exchange_rate(currency_code, day, amount='0') -%}
    (
        select max(rates.exchange_rate)
        from {{ ref('int_exchange_rates') }} as rates
        where
            rates.from_currency_code = {{ currency_code }}
            and rates.rate_valid_from <= {{ day }}
            and rates.rate_valid_to > {{ day }}
            and abs(cast({{ amount }} as double)) * cast(rates.exchange_rate as double) < 1e14
    )
{%- endmacro %}

{# An amount at a rate, to four decimals. #}
{% macro at_rate(amount, rate) -%}
    cast(
        round(cast({{ amount }} as decimal(20, 4)) * cast({{ rate }} as decimal(18, 10)), 4)
        as decimal(18, 4)
    )
{%- endmacro %}
