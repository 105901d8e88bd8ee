{# A moment from text: ISO with or without offset (UTC then), or milliseconds since 1970. A date
   without a time is a day. #}
{% macro to_moment(text, unread=none) -%}
    {{ cast_or_note(text, sane_moment(moment_of(text)), unread) }}
{%- endmacro %}

{% macro moment_of(text) -%}
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
{% macro to_moment_or_day(text, unread=none) -%}
    {%- set clock = clock_in("'UTC'", "each") -%}
    list_transform(
        [{{ to_moment(text, unread) }}],
        lambda each: case
            when date_trunc('day', {{ clock }}) = {{ clock }}
                then {{ start_of_day(clock) }}
            else each
        end
    )[1]
{%- endmacro %}

{# A moment within the time that the vars earliest_day and latest_day span; null outside: nobody meant
   it, and days are counted from it. Long expressions stand in a list of one, so as to be in the SQL
   once. #}
{% macro sane_moment(moment) -%}
    {{ between_days(moment, 'timestamptz') }}
{%- endmacro %}

{# A day from a text. #}
{% macro to_day(text, unread=none) -%}
    {{ cast_or_note(text, between_days("try_cast(" ~ text ~ " as date)", 'date'), unread) }}
{%- endmacro %}

{% macro between_days(value, kind) -%}
    list_filter(
        [{{ value }}],
        lambda each: each between cast('{{ var("earliest_day") }}' as {{ kind }})
        and cast('{{ var("latest_day") }}' as {{ kind }})
    )[1]
{%- endmacro %}
