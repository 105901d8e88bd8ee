{# Who comes back, as a whole statement: one row per segment, cohort and bracket of time that has begun.
   docs/funnels.md tells the definitions with examples.

   A person is born with an event that meets `born` and returns with a later one that meets `returned`.
   Time since then is counted in units: by the `calendar`, from the unit of the birth, or `rolling`, from
   the moment of the birth, where a day has 24 hours, a week 7 days and a month 30.

   - events: a relation, or a query in brackets; all events, so that a birth is the first.
   - born, returned: conditions on a row, as SQL.
   - unit: day, week or month. Cohorts are the calendar's units of the births.
   - brackets: how many units each bracket has, in their order: [1, 1, 1] are the units 0, 1 and 2.
   - counts: who returned `on` the bracket (n-day), `on_or_after` its begin (unbounded) or
     `on_or_before` its end.
   - births: the `first` of a person, or `recurring`: the first in each unit.
   - amount: an expression; what returning events are worth is added up.
   - by: an expression; the value at the birth.
   - born_from, born_before: which births count.
   - known_before: the moment up to which events are known. A bracket that is not over then for all of
     a cohort is no is_complete: more may return.
   - time_zone: whose calendar counts.

   Columns: segment, cohort_start, cohort_size, bracket_number (from 0), first_unit, last_unit,
   returned_count, returned_amount, rate with its 95 % interval, is_complete. #}
{% macro retention(
    events,
    born,
    returned,
    known_before,
    unit='month',
    brackets=[1, 1, 1, 1, 1, 1, 1],
    counts='on',
    clock='calendar',
    births='first',
    amount='0',
    by=none,
    born_from=none,
    born_before=none,
    time_zone='UTC',
    person='customer_id',
    moment='occurred_at',
    tie='touchpoint_id'
) -%}
{%- set allowed = {
    'unit': (unit, ['day', 'week', 'month']),
    'counts': (counts, ['on', 'on_or_after', 'on_or_before']),
    'clock': (clock, ['calendar', 'rolling']),
    'births': (births, ['first', 'recurring'])
} -%}
{%- for name, (said, values) in allowed.items() if said not in values -%}
    {{ exceptions.raise_compiler_error('retention: ' ~ name ~ ' is one of ' ~ values | join(', ')) }}
{%- endfor -%}
{%- set length = {'day': 86400, 'week': 604800, 'month': 2592000}[unit] * 1000000 -%}
{%- set ends = [] -%}
{%- for size in brackets %}{% do ends.append((ends[-1] if ends else 0) + size) %}{% endfor -%}
with events as (
    select
        {{ person }} as person,
        {{ by or "'all'" }} as segment,
        {{ microseconds(moment) }} as at_us,
        cast(date_trunc('{{ unit }}', timezone('{{ time_zone }}', {{ moment }})) as date)
            as unit_start,
        {{ tie }} as tie,
        {{ amount }} as amount,
        coalesce({{ born }}, false)
        {%- if born_from %} and {{ moment }} >= {{ born_from }}{% endif %}
        {%- if born_before %} and {{ moment }} < {{ born_before }}{% endif %} as is_counted,
        coalesce({{ born }}, false) as is_birth,
        coalesce({{ returned }}, false) as is_return,
    from {{ events }} as events
    where {{ person }} is not null and {{ moment }} is not null
),

first_births as (
    select * from events
    where is_birth
    qualify row_number() over (
        partition by person{{ ', unit_start' if births == 'recurring' }}
        order by at_us, tie
    ) = 1
),

births as (
    select
        person,
        segment,
        at_us as born_us,
        unit_start as cohort_start,
    from first_births
    where is_counted
),

returns as (
    select
        births.person,
        births.segment,
        births.cohort_start,
        events.amount,
        {%- if clock == 'calendar' %}
        date_diff('{{ unit }}', births.cohort_start, events.unit_start) as unit_number,
        {%- else %}
        (events.at_us - births.born_us) // {{ length }} as unit_number,
        {%- endif %}
    from births
    inner join events
        on births.person = events.person
        and births.born_us < events.at_us
    where events.is_return
),

-- what comes of each person, before persons are counted
returned as (
    select
        person,
        segment,
        cohort_start,
        {%- for end in ends %}
        {%- set first = ends[loop.index0 - 1] if loop.index0 else 0 %}
        {%- set inside -%}
        {%- if counts == 'on' -%}
        unit_number >= {{ first }} and unit_number < {{ end }}
        {%- elif counts == 'on_or_after' -%}
        unit_number >= {{ first }}
        {%- else -%}
        unit_number < {{ end }}
        {%- endif -%}
        {%- endset %}
        count(*) filter (where {{ inside }}) as returns_{{ loop.index0 }},
        sum(amount) filter (where {{ inside }}) as amount_{{ loop.index0 }},
        {%- endfor %}
    from returns
    group by all
),

cohorts as (
    select
        births.segment,
        births.cohort_start,
        count(*) as cohort_size,
        max(births.born_us) as last_born_us,
        {%- for _ in ends %}
        count(*) filter (where returned.returns_{{ loop.index0 }} > 0)
            as returned_{{ loop.index0 }},
        coalesce(sum(returned.amount_{{ loop.index0 }}), 0) as amount_{{ loop.index0 }},
        {%- endfor %}
    from births
    left join returned
        on births.person = returned.person
        and births.segment = returned.segment
        and births.cohort_start = returned.cohort_start
    group by all
),

brackets as (
    {%- for end in ends %}
    {%- set first = ends[loop.index0 - 1] if loop.index0 else 0 %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        segment,
        cohort_start,
        cohort_size,
        {{ loop.index0 }} as bracket_number,
        {{ first }} as first_unit,
        {{ end - 1 }} as last_unit,
        returned_{{ loop.index0 }} as returned_count,
        amount_{{ loop.index0 }} as returned_amount,
        {%- for edge, name in [(first, 'begins_us'), (end, 'ends_us')] %}
        {%- if clock == 'calendar' %}
        {{ microseconds(
            "timezone('" ~ time_zone ~ "', cast(cohort_start as timestamp)"
            ~ " + interval '" ~ edge ~ ' ' ~ unit ~ "')"
        ) }} as {{ name }},
        {%- else %}
        last_born_us + {{ edge * length }} as {{ name }},
        {%- endif %}
        {%- endfor %}
    from cohorts
    {%- endfor %}
),

cells as (
    select
        segment,
        cohort_start,
        cohort_size,
        bracket_number,
        first_unit,
        last_unit,
        returned_count,
        returned_amount,
        returned_count / cohort_size as rate,
        {{ wilson('returned_count', 'cohort_size', 'low') }} as rate_low,
        {{ wilson('returned_count', 'cohort_size', 'high') }} as rate_high,
        ends_us <= {{ microseconds(known_before) }} as is_complete,
    from brackets
    where begins_us < {{ microseconds(known_before) }}
)

select * from cells
{%- endmacro %}
