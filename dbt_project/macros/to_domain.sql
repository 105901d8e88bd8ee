{# A domain as it is compared, from an address of a website; null if it is none. #}
{% macro to_domain(text) -%}
    nullif(
        regexp_extract(
            lower(trim({{ text }})),
            '^(?:[a-z]+://)?(?:www\.)?([a-z0-9.-]+\.[a-z]{2,})(?:[:/?#]|$)', 1
        ),
        ''
    )
{%- endmacro %}
