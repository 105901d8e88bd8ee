{# An amount where it is in the currency of the company's figures, else null: nothing is added up over
   currencies. #}
{% macro in_reported_currency(amount, currency_code) -%}
    case
        when {{ currency_code }} = (select currency_code from {{ ref('int_currency_reported') }})
            then {{ amount }}
    end
{%- endmacro %}
