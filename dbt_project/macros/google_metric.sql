{# The text of a figure of Google Ads: the vendor leaves out those of nothing. #}
{% macro google_metric(name) -%}
    coalesce({{ json_text('payload', 'metrics/' ~ name) }}, '0')
{%- endmacro %}
