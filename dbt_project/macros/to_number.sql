{# A number from a text: a score, a length of time. It is neither infinite nor NaN, and so small that
   squares add up. #}
{% macro to_number(text, unread=none) -%}
    {{ cast_or_note(
        text, "cast(try_cast(" ~ text ~ " as decimal(27, 15)) as double)", unread
    ) }}
{%- endmacro %}

{# How often something happened, a duration, a number of things: a whole number of at most twelve
   digits, so that millions of the largest add up. #}
{% macro to_count(text, unread=none) -%}
    {{ cast_or_note(
        text, "cast(try_cast(" ~ text ~ " as decimal(12, 0)) as bigint)", unread
    ) }}
{%- endmacro %}

{# The same of something that nobody has many of: seats, minutes, months. #}
{% macro to_small_count(text, unread=none, digits=9) -%}
    {{ cast_or_note(
        text, "cast(try_cast(" ~ text ~ " as decimal(" ~ digits ~ ", 0)) as integer)", unread
    ) }}
{%- endmacro %}
