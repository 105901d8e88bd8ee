{# The objects that a property of a JSON column holds, as a list of JSON; nothing, and what is no list,
   is []. #}
{% macro json_list_of(column, name) -%}
    coalesce(from_json(json_extract({{ column }}, {{ json_path(name) }}), '["JSON"]'), [])
{%- endmacro %}

{# The sum of a number that each object of a list holds, as text or number; of nothing 0. #}
{% macro sum_of(objects, name, unread=none) -%}
    {%- set texts = "list_transform(" ~ objects ~ ", lambda object: "
        ~ text_or_null("json_extract_string(object, " ~ json_path(name) ~ ")") ~ ")" -%}
    {{ cast_or_note(texts, sum_of_read(texts, money_of('each', 4), 4), unread) }}
{%- endmacro %}
