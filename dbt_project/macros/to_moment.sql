{# A moment from text: ISO with or without offset (UTC then), or milliseconds since 1970. A date
   without a time is a day. #}
{% macro to_moment(text) -%}
    coalesce(
        {{ start_of_day(
            "try_cast(regexp_extract(" ~ text ~ ", '^\\s*([0-9]{4}-[0-9]{2}-[0-9]{2})\\s*$', 1)"
            ~ " as date)"
        ) }},
        try_cast(replace({{ text }}, ' +', '+') as timestamptz),
        make_timestamptz(
            try_cast(regexp_extract({{ text }}, '^[0-9]{12,14}$') as bigint) * 1000
        )
    )
{%- endmacro %}

{# The same of a field in which a vendor keeps days as midnight in UTC beside moments. #}
{% macro to_moment_or_day(text) -%}
    {%- set moment = to_moment(text) -%}
    case
        when date_trunc('day', timezone('UTC', {{ moment }})) = timezone('UTC', {{ moment }})
            then {{ start_of_day("timezone('UTC', " ~ moment ~ ")") }}
        else {{ moment }}
    end
{%- endmacro %}
