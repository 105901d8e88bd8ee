{# What a cast could not read. A cast of these macros never raises: a text that does not fit becomes
   null, and a staging model hands on what it was. The model sets a list named unread, gives it to
   each cast, and ends its columns with unread_values(unread). #}
{% macro cast_or_note(text, value, unread) -%}
    {%- if unread is not none and (text, value) not in unread -%}
        {%- do unread.append((text, value)) -%}
    {%- endif -%}
    {{ value }}
{%- endmacro %}

{# The fields of a row that were given and could not be read, each with its text: a list of structs,
   null where all were read. #}
{% macro unread_values(unread) -%}
    nullif(
        list_filter(
            [
            {%- for text, value in unread %}
                {
                    'field': '{{ field_of(text) }}',
                    'text': cast({{ text }} as varchar),
                    'is_read': ({{ value }}) is not null
                }{% if not loop.last %},{% endif %}
            {%- endfor %}
            ],
            lambda each: each.text is not null and not each.is_read
        ),
        []
    ) as unread_values
{%- endmacro %}

{# What a field is called: the path in the vendor's document, else the column. #}
{% macro field_of(text) -%}
    {%- set paths = modules.re.findall("'([$][.][^']+)'", text) -%}
    {{- json_name(paths[0]) if paths else text | replace('given_', '') | trim -}}
{%- endmacro %}
