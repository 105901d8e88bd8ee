{# A moment from text: ISO with or without offset (UTC then), or milliseconds since 1970. #}
{% macro to_moment(text) -%}
    coalesce(
        try_cast(replace({{ text }}, ' +', '+') as timestamptz),
        make_timestamptz(
            try_cast(regexp_extract({{ text }}, '^[0-9]{12,14}$') as bigint) * 1000
        )
    )
{%- endmacro %}
