{# The rows of monthly metrics, one select each: every metric once for each slice that it has.

   relation: what is counted, with `period_start` and a column, never null, for each of `by`.
   metrics: for each a dict of its name and SQL expressions: numerator; denominator, where it is a
     ratio; squares, the sum of squares (by pow(), which
     leaves room for them) that the interval of a mean needs; sample, the cases that it
     rests on; population, the cases that it could have spoken for; where, which rows it is about.
   by: the dimensions that it can be sliced by, alone and together; 'all' stands for every value.
   always: those of them that are never summed over.
   fixed: what a dimension is where all rows are of one.

   The var `metric_dimensions` says which slices are stored. #}
{% macro metric_rows(relation, metrics, by, always=[], fixed={}) -%}
{%- set stored = var('metric_dimensions') + always -%}
{%- set sliced = by | select('in', stored) | reject('in', always) | list -%}
{%- for metric in metrics %}
    select
        '{{ metric.name }}' as metric,
        period_start,
        'month' as grain,
        {%- for dimension in ['channel', 'journey_step', 'journey_phase', 'persona'] %}
        {%- if dimension in always %}
        {{ dimension }},
        {%- elif dimension in sliced %}
        case when grouping({{ dimension }}) = 1 then 'all' else {{ dimension }} end
            as {{ dimension }},
        {%- else %}
        '{{ fixed.get(dimension, 'all') }}' as {{ dimension }},
        {%- endif %}
        {%- endfor %}
        cast({{ metric.numerator }} as double) as numerator,
        cast({{ metric.get('denominator') or 'null' }} as double) as denominator,
        cast({{ metric.get('squares') or 'null' }} as double) as sum_of_squares,
        cast({{ metric.sample }} as bigint) as sample_size,
        cast({{ metric.get('population') or 'null' }} as bigint) as population_size,
        {{ ripe_from(metric.name, 'period_start') }} as ripe_from
    from {{ relation }}
    {%- if metric.get('where') %}
    where {{ metric.where }}
    {%- endif %}
    group by
        period_start
        {%- for dimension in always %}, {{ dimension }}{% endfor %}
        {%- if sliced %}, cube({{ sliced | join(', ') }}){% endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}
{%- endmacro %}
