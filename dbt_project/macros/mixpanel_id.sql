{# What a Mixpanel distinct_id is: a device's as the SDKs write it, else the id by which the product
   knows a user. SDKs mark it `$device:`, or write a bare UUID; older browser libraries wrote five
   groups of hex of free length that begin and end with the time (mixpanel-js, `_.UUID`). #}
{% macro mixpanel_id_type(distinct_id) -%}
    case
        when regexp_matches(
            {{ distinct_id }},
            '^(\$device:|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
            || '|[0-9a-f]{11,18}-[0-9a-f]{1,18}-[0-9a-f]{1,8}-[0-9a-f]{1,8}-[0-9a-f]{11,18}$)'
        )
            then 'device_id'
        else 'user_id'
    end
{%- endmacro %}

{% macro mixpanel_id_value(distinct_id) -%}
    regexp_replace({{ distinct_id }}, '^\$device:', '')
{%- endmacro %}
