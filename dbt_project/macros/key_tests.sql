{# What is wrong with a key blocks the table and what reads it; every other check warns, as
   dbt_project.yml sets it. These stand in place of dbt's own, which are asked. #}

{% test unique(model, column_name) %}
    {{ config(severity='error') }}
    {{ dbt.default__test_unique(model, column_name) }}
{% endtest %}

{% test relationships(model, column_name, to, field) %}
    {{ config(severity='error') }}
    {{ dbt.default__test_relationships(model, column_name, to, field) }}
{% endtest %}

{% test not_null(model, column_name) %}
    {# of columns that are keys by their name #}
    {{ config(
        severity='error' if modules.re.search('_(id|uuid|uri|key)$', column_name) else 'warn'
    ) }}
    {{ dbt.default__test_not_null(model, column_name) }}
{% endtest %}
