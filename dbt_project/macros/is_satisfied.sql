{# Whether an answer about satisfaction counts as satisfied: the upper quarter of its scale,
   so 4 and 5 of 1 to 5. #}
{% macro is_satisfied(score_100) -%}
    {{ score_100 }} >= 75
{%- endmacro %}
