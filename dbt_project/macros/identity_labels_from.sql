{# From when on logins and merges judge the map that was made from all before: some days before the
   var as_of. #}
{% macro identity_labels_from() -%}
    {{ as_of() }} - interval {{ var('identity_label_days') }} day
{%- endmacro %}
