{# A property of a JSON column as text, null where nothing is given. Of several names (vendors mix
   key-casings) the first that is given counts; a slash goes into a nested object. #}
{% macro json_text(column, names) -%}
    {%- set names = [names] if names is string else names -%}
    {%- set texts = [] -%}
    {%- for name in names -%}
        {%- do texts.append(
            text_or_null("json_extract_string(" ~ column ~ ", " ~ json_path(name) ~ ")")
        ) -%}
    {%- endfor -%}
    {%- if texts | length == 1 -%}
        {{ texts[0] }}
    {%- else -%}
        coalesce({{ texts | join(', ') }})
    {%- endif -%}
{%- endmacro %}
