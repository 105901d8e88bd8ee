{# The values of one entity's candidates in the order in which they count, by the seeds
   survivorship_rules and survivorship_sources: what is doubtful comes last, then what `decided_by`
   names, in its order; the value itself ends every tie. It ends a model that has the CTEs candidates, rules and precedences. `key` is customer_id or account_id. #}
{% macro survivorship(key, value_key) -%}
weighed as (
    select
        candidates.*,
        coalesce(rules.decided_by, 'recency') as decided_by,
        coalesce(precedences.precedence, 100) as precedence,
        sum(candidates.value_count) over (
            partition by
                candidates.{{ key }},
                candidates.attribute,
                candidates.attribute_value,
                candidates.source,
                candidates.record
        ) as total_count,
    from candidates
    left join rules
        on candidates.attribute = rules.attribute
    left join precedences
        on candidates.attribute = precedences.attribute
        and candidates.source = precedences.source
        and candidates.record = precedences.record
),

final as (
    select
        md5(
            concat_ws(
                '|',
                {{ key }},
                attribute,
                source,
                record,
                record_id,
                identifier_value,
                attribute_value
            )
        ) as {{ value_key }},
        {{ key }},
        attribute,
        attribute_value,
        source,
        record,
        record_id,
        load_id,
        stated_at,
        cast(value_count as bigint) as value_count,
        is_doubtful,
        row_number() over (
            partition by {{ key }}, attribute
            order by
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
        ) as survivorship_rank,
    from weighed
)

select
    *,
    survivorship_rank = 1 as is_chosen,
from final
{%- endmacro %}
