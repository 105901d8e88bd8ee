{# Money in units of its currency, from a text of minor units (cents never leave staging). #}
{% macro to_units(cents) -%}
    cast(try_cast({{ cents }} as decimal(18, 0)) * 0.01 as decimal(18, 2))
{%- endmacro %}

{# The same for a list of such texts, summed; nothing is 0. #}
{% macro sum_to_units(list_of_cents) -%}
    cast(
        coalesce(
            list_sum(list_transform({{ list_of_cents }}, lambda cents: {{ to_units('cents') }})),
            0
        ) as decimal(18, 2)
    )
{%- endmacro %}
