{# A property that holds several values joined by semicolons, as a list of texts; none is []. #}
{% macro json_list(column, name) -%}
    list_filter(
        list_transform(
            string_split(coalesce({{ json_text(column, name) }}, ''), ';'),
            lambda part: trim(part)
        ),
        lambda part: part != ''
    )
{%- endmacro %}
