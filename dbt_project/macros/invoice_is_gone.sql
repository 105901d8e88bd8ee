{# Whether a raw invoice of ChartMogul, with its lines and transactions, no longer counts. #}
{% macro invoice_is_gone() -%}
    {{ is_gone('chartmogul', 'invoices') }}
    or coalesce({{ to_flag(json_text('payload', 'disabled')) }}, false)
{%- endmacro %}
