{# A figure of Google Ads as a number: the vendor leaves out those of nothing. #}
{% macro google_metric(name, kind) -%}
    coalesce(try_cast({{ json_text('payload', 'metrics/' ~ name) }} as {{ kind }}), 0)
{%- endmacro %}
