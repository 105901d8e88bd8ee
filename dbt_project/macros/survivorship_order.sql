{# The order in which values of one attribute count, by the seed survivorship_rules: what is doubtful
   comes last, then what `decided_by` names, in its order; the value itself ends every tie. #}
{% macro survivorship_order() -%}
    is_doubtful asc,
    {% for place in [1, 2, 3] -%}
    case string_split(decided_by, ' ')[{{ place }}]
        when 'source' then precedence
        when 'recency' then -epoch(used_at)
        when 'frequency' then -total_count
    end asc nulls last,
    {% endfor -%}
    attribute_value asc,
    source asc,
    record_id asc
{%- endmacro %}
