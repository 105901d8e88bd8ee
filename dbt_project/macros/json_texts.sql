{# Many properties of a JSON column at once: the document is read a single time, eight times faster
   than property by property. `properties` names for each column the property and its other
   spellings. First the list of all their texts … #}
{% macro json_texts(column, properties) -%}
    json_extract_string({{ column }}, [
        {%- for name in properties.values() | sum(start=[]) -%}
            '/{{ name }}'{% if not loop.last %}, {% endif %}
        {%- endfor -%}
    ])
{%- endmacro %}

{# … then, from that list, the columns; null where nothing is given. #}
{% macro json_columns(texts, properties) -%}
    {%- set index = namespace(value=0) -%}
    {%- for column, names in properties.items() -%}
        {%- set found = [] -%}
        {%- for name in names -%}
            {%- set index.value = index.value + 1 -%}
            {%- do found.append(text_or_null(texts ~ '[' ~ index.value ~ ']')) -%}
        {%- endfor %}
        coalesce({{ found | join(', ') }}) as {{ column }},
    {%- endfor -%}
{%- endmacro %}
