{# The objects that a property of a JSON column holds, as a list of JSON; nothing is []. #}
{% macro json_list_of(column, name) -%}
    from_json(coalesce(json_extract({{ column }}, '/{{ name }}'), '[]'), '["JSON"]')
{%- endmacro %}

{# The sum of a number that each object of a list holds, as text or number; of nothing 0. #}
{% macro sum_of(objects, name) -%}
    cast(
        coalesce(
            list_sum(
                list_transform(
                    {{ objects }},
                    lambda each: try_cast(
                        json_extract_string(each, '/{{ name }}') as decimal(18, 4)
                    )
                )
            ),
            0
        ) as decimal(18, 4)
    )
{%- endmacro %}
