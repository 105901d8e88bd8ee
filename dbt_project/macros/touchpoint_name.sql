{# The name of a touchpoint made from a vendor's event name: 'Page Viewed' is page_viewed. #}
{% macro touchpoint_name(event_name) -%}
    trim(regexp_replace(lower({{ event_name }}), '[^a-z0-9]+', '_', 'g'), '_')
{%- endmacro %}
