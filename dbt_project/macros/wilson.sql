{# An end of Wilson's 95 % interval of a share: 'low' or 'high'. It stays within 0 and 1 and is honest for
   small numbers. Null without cases. `hits` and `cases` are expressions. #}
{% macro wilson(hits, cases, end) -%}
    {%- set z = 1.959964 -%}
    {%- set share = '(' ~ hits ~ ') / cast(nullif(' ~ cases ~ ', 0) as double)' -%}
    {%- set cases = 'nullif(' ~ cases ~ ', 0)' -%}
    {{ 'greatest(0.0, ' if end == 'low' else 'least(1.0, ' }}
        ({{ share }} + {{ z ** 2 / 2 }} / {{ cases }}
        {{ '-' if end == 'low' else '+' }} {{ z }} * sqrt(
            {{ share }} * (1 - {{ share }}) / {{ cases }}
            + {{ z ** 2 / 4 }} / ({{ cases }} * {{ cases }})
        )) / (1 + {{ z ** 2 }} / {{ cases }})
    )
{%- endmacro %}
