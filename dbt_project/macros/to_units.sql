{# Money in units of its currency, from a text of minor units (cents never leave staging). #}
{% macro to_units(cents, unread=none) -%}
    {{ cast_or_note(cents, units_of(cents), unread) }}
{%- endmacro %}

{% macro units_of(cents) -%}
    cast(try_cast({{ cents }} as decimal(14, 0)) * 0.01 as decimal(18, 2))
{%- endmacro %}

{# The same for a list of such texts, summed; nothing is 0. Where one of them cannot be read, the sum
   is not known. #}
{% macro sum_to_units(list_of_cents, unread=none) -%}
    {{ cast_or_note(list_of_cents, sum_of_units(list_of_cents), unread) }}
{%- endmacro %}

{% macro sum_of_units(list_of_cents) -%}
    {{ sum_of_read(
        "list_transform(" ~ list_of_cents ~ ", lambda each: " ~ text_or_null('each') ~ ")",
        units_of('each')
    ) }}
{%- endmacro %}
