{# The path of a property in a JSON document, as a literal: a slash goes into a nested object, a number
   into a list. #}
{% macro json_path(name) -%}
    '$
    {%- for key in name.split('/') -%}
        {%- if key.isdigit() -%}
            [{{ key }}]
        {%- elif modules.re.fullmatch('[A-Za-z_][A-Za-z0-9_]*', key) -%}
            .{{ key }}
        {%- else -%}
            ."{{ key }}"
        {%- endif -%}
    {%- endfor -%}
    '
{%- endmacro %}

{# Of such a path the name again; a path over all elements of a list stays as it is. #}
{% macro json_name(path) -%}
    {%- set path = path | replace('"', '') | replace('$.', '') -%}
    {{- path if '[*]' in path else path | replace('[', '.') | replace(']', '') | replace('.', '/') -}}
{%- endmacro %}
