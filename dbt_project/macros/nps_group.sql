{# Who would recommend, from 0 to 10: 9 and 10 promoters, 7 and 8 passives, 0 to 6
   detractors (Reichheld 2003). #}
{% macro nps_group(score) -%}
    case
        when {{ score }} >= 9 then 'promoter'
        when {{ score }} >= 7 then 'passive'
        when {{ score }} >= 0 then 'detractor'
    end
{%- endmacro %}
