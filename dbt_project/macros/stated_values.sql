{# What records state, one row per value that is there: the contract of int_<source>__customer_values.
   The relation has the columns named below and the attributes, all of them text. #}
{% macro stated_values(relation, attributes) -%}
    select
        identifier_type,
        identifier_namespace,
        identifier_value,
        attribute,
        attribute_value,
        record,
        record_id,
        load_id,
        stated_at,
        value_count,
        is_doubtful,
    from (
        {{ unpivoted(relation, attributes, 'attribute', 'attribute_value') }}
    )
{%- endmacro %}
