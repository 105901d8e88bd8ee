{# Money from a text or a number; null for what is no amount. A single amount has at most twelve digits
   before the point, so that thousands of the largest add up within the 18 digits of a decimal. #}
{% macro to_money(amount, unread=none, scale=2) -%}
    {{ cast_or_note(amount, money_of(amount, scale), unread) }}
{%- endmacro %}

{% macro money_of(amount, scale=2) -%}
    {%- set digits = [12, 16 - scale] | min + scale -%}
    cast(try_cast({{ amount }} as decimal({{ digits }}, {{ scale }})) as decimal(18, {{ scale }}))
{%- endmacro %}
