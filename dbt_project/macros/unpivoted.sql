{# Columns turned into rows: the name of the column and its value; a null makes no row. #}
{% macro unpivoted(relation, columns, name, value) -%}
    unpivot {{ relation }}
    on {{ columns | join(', ') }}
    into name {{ name }} value {{ value }}
{%- endmacro %}
