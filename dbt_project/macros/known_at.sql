{# Since when somebody knows who a person is. Of some no source tells a date: a profile without one, an
   address in another's record. They are known now. #}
{% macro known_at() -%}
    coalesce(identified_at, first_seen_at, {{ last_moment() }})
{%- endmacro %}
