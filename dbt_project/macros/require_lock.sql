{# Refuses to build in the warehouse for whoever does not hold its lock, as plain dbt does not: it would
   build another day beside a running load, and what it built would be published unseen. #}
{% macro require_lock() -%}
    {%- if execute and target.name == 'warehouse' and env_var('DBT_STARTED_BY', '') != 'kette' -%}
        {{ exceptions.raise_compiler_error(
            "this is the company's warehouse, and plain dbt does not hold its lock. Use `kette dbt`"
            ~ " with the same arguments, or the target dev (docs/develop.md)"
        ) }}
    {%- endif -%}
{%- endmacro %}
