{# How often something happened after an ad of Meta's, from the list `actions` of a payload, where
   what did not occur is left out. Of several types their sum: name no two that count the same
   event, as Meta tells one registration under three names. #}
{% macro meta_action(payload, action_types, unread=none) -%}
    {%- set texts = "list_transform(list_filter(" ~ json_list_of(payload, 'actions')
        ~ ", lambda action: json_extract_string(action, '$.action_type') in ('"
        ~ action_types | join("', '") ~ "')), lambda action: "
        ~ text_or_null("json_extract_string(action, '$.value')") ~ ")" -%}
    {{ cast_or_note(texts, sum_of_read(texts, money_of('each', 4), 4), unread) }}
{%- endmacro %}

{# The text of a figure of Meta's: those of nothing may be left out. #}
{% macro meta_figure(name) -%}
    coalesce({{ json_text('payload', name) }}, '0')
{%- endmacro %}
