{# What a Mixpanel distinct_id is: a device's as the SDKs write it (marked, or a bare UUID), else the
   id by which the product knows a user. #}
{% macro mixpanel_id_type(distinct_id) -%}
    case
        when regexp_matches(
            {{ distinct_id }},
            '^(\$device:|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$)'
        )
            then 'device_id'
        else 'user_id'
    end
{%- endmacro %}

{% macro mixpanel_id_value(distinct_id) -%}
    regexp_replace({{ distinct_id }}, '^\$device:', '')
{%- endmacro %}
