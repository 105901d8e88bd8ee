{# What a funnel says step by step, as a whole statement: one row per segment and step.

   - entries: what the macro funnel answers: a relation, or the statement in brackets.
   - step_count: how many steps it has.

   entered_count entries began; reached_count got to the step, previous_count to the one before, and
   open_count stand before it with time left, so that the shares may still rise. Each share carries
   Wilson's 95 % interval; the medians are of those who reached the step. #}
{% macro funnel_summary(entries, step_count) -%}
with entries as (
    select * from {{ entries }} as entries
),

steps as (
    {%- for k in range(1, step_count + 1) %}
    {%- if k > 1 %}
    union all
    {%- endif %}
    select
        segment,
        {{ k }} as step_number,
        count(*) as entered_count,
        count(*) filter (where reached_step >= {{ [k - 1, 1] | max }}) as previous_count,
        count(*) filter (where reached_step >= {{ k }}) as reached_count,
        count(*) filter (where reached_step < {{ k }} and is_open) as open_count,
        {%- for from, name in [(1, 'start'), ([k - 1, 1] | max, 'previous')] %}
        median(
            {{ microseconds('step_' ~ k ~ '_at') }}
            - {{ microseconds('step_' ~ from ~ '_at') }}
        ) / 1000000.0 as seconds_from_{{ name }}_median,
        {%- endfor %}
    from entries
    group by segment
    {%- endfor %}
),

shares as (
    select
        *,
        reached_count / entered_count as rate,
        {{ wilson('reached_count', 'entered_count', 'low') }} as rate_low,
        {{ wilson('reached_count', 'entered_count', 'high') }} as rate_high,
        reached_count / cast(nullif(previous_count, 0) as double) as step_rate,
        {{ wilson('reached_count', 'previous_count', 'low') }} as step_rate_low,
        {{ wilson('reached_count', 'previous_count', 'high') }} as step_rate_high,
    from steps
)

select * from shares
{%- endmacro %}
