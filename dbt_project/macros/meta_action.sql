{# How often something happened after an ad of Meta's, from the list `actions` of a payload, where
   what did not occur is left out. Of several types their sum: name no two that count the same
   event, as Meta tells one registration under three names. #}
{% macro meta_action(payload, action_types) -%}
    coalesce(
        list_sum(
            list_transform(
                list_filter(
                    try_cast(json_extract({{ payload }}, '$.actions') as json[]),
                    lambda action: json_extract_string(action, '$.action_type') in (
                        '{{ action_types | join("', '") }}'
                    )
                ),
                lambda action: try_cast(
                    json_extract_string(action, '$.value') as decimal(18, 4)
                )
            )
        ),
        0
    )
{%- endmacro %}
