{# An ordered funnel, as a whole statement: one row per counted entry of a person, who need not get
   further than the first step. docs/funnels.md tells the definitions with examples.

   An entry begins with an event of the first step. Step after step it takes the earliest event that
   meets the next condition, and ends when the window since its first event is over.

   - events: a relation, or a query in brackets.
   - steps: a condition on a row for each step, as SQL.
   - window_seconds: how long after the first step the last may come, its end included: a number, or an
     expression over the event of the first step.
   - modes: those of ClickHouse's windowFunnel, alone or together. `strict_order`: an event that meets
     no condition, or one of a step that is not due yet, ends the way; `allow_reentry` lets the latter
     pass. `strict_deduplication`: a step done again ends it. `strict_increase`: each step is later
     than the one before; without it they may share a moment. `strict_once`: an event counts for one
     step of an entry, where several conditions hold for it.
   - exclude: dictionaries with `where`, a condition, and the steps between which it must not hold:
     `after` (1) and `before` (the last one). `on_exclude` says what such an event does: it ends the
     entry (`stop`), or the person is left out (`drop`).
   - count: the `best` entry of each person, the `first`, or `every` one that begins after the one
     before has ended.
   - hold: expressions that have the same value in all steps; an event without one takes no part.
   - by: an expression; an entry belongs to its value in the first step. With `once_per` = 'segment' a
     person is counted once for each value.
   - entered_from, entered_before: when entries begin; later steps may come after.
   - known_before: the moment up to which events are known; an entry whose window ends later is_open.

   Columns: the person, segment, entry_number, reached_step, step_1_at … step_n_at,
   seconds_to_convert, is_converted, is_excluded, is_open. #}
{% macro funnel(
    events,
    steps,
    window_seconds,
    modes=[],
    exclude=[],
    on_exclude='stop',
    count='best',
    hold=[],
    by=none,
    once_per='person',
    entered_from=none,
    entered_before=none,
    known_before=none,
    person='customer_id',
    moment='occurred_at',
    tie='touchpoint_id'
) -%}
{%- set known = [
    'strict_order', 'allow_reentry', 'strict_deduplication', 'strict_increase', 'strict_once'
] -%}
{%- for mode in modes if mode not in known -%}
    {{ exceptions.raise_compiler_error('funnel: there is no mode ' ~ mode) }}
{%- endfor -%}
{%- set allowed = {
    'count': (count, ['best', 'first', 'every']),
    'on_exclude': (on_exclude, ['stop', 'drop']),
    'once_per': (once_per, ['person', 'segment'])
} -%}
{%- for name, (said, values) in allowed.items() if said not in values -%}
    {{ exceptions.raise_compiler_error('funnel: ' ~ name ~ ' is one of ' ~ values | join(', ')) }}
{%- endfor -%}
{%- if 'allow_reentry' in modes and 'strict_order' not in modes -%}
    {{ exceptions.raise_compiler_error('funnel: allow_reentry goes with strict_order') }}
{%- endif -%}
{%- set n = steps | length -%}
{%- set orders = 'strict_order' in modes -%}
{%- set once = 'strict_once' in modes and 'strict_increase' not in modes -%}
{%- set stops = orders or 'strict_deduplication' in modes -%}
{#- several events of one moment are told apart only where each counts once -#}
{%- set scale = 1024 if once else 1 -%}
{%- set held = [] -%}
{%- for _ in hold %}{% do held.append('held_' ~ loop.index) %}{% endfor -%}
{%- set whose = (['person'] + held) | join(', ') -%}
{%- set later = '1 following' if once or 'strict_increase' in modes else 'current row' -%}
{%- set ahead -%}
over (
            partition by {{ whose }}
            order by place
            range between {{ later }} and unbounded following
        )
{%- endset -%}
with {{ 'recursive ' if count == 'every' }}matched as (
    select
        {{ person }} as person,
        {%- for expression in hold %}
        {{ expression }} as held_{{ loop.index }},
        {%- endfor %}
        {{ by or "'all'" }} as segment,
        {{ microseconds(moment) }} as at_us,
        {{ tie }} as tie,
        cast(({{ window_seconds }}) * 1000000.0 as bigint) as window_us,
        {%- for condition in steps %}
        coalesce(
            ({{ condition }})
            {%- if loop.first and entered_from %} and {{ moment }} >= {{ entered_from }}{% endif %}
            {%- if loop.first and entered_before %} and {{ moment }} < {{ entered_before }}{% endif %},
            false
        ) as is_step_{{ loop.index }},
        {%- endfor %}
        {%- for one in exclude %}
        coalesce(({{ one.where }}), false) as is_excluded_{{ loop.index }},
        {%- endfor %}
    from {{ events }} as events
    where
        {{ person }} is not null and {{ moment }} is not null
        {%- for expression in hold %}
        and {{ expression }} is not null
        {%- endfor %}
),

taking_part as (
    select
        *,
        case
            {%- for k in range(1, n + 1) %} when is_step_{{ k }} then {{ k }}{% endfor %} else 0
        end as first_step,
        case
            {%- for k in range(n, 0, -1) %} when is_step_{{ k }} then {{ k }}{% endfor %} else 0
        end as last_step,
    from matched
    {%- if not orders %}
    where
        {% for k in range(1, n + 1) %}{{ 'or ' if k > 1 }}is_step_{{ k }} {% endfor -%}
        {%- for one in exclude %}or is_excluded_{{ loop.index }} {% endfor %}
    {%- endif %}
),

placed as (
    select
        *,
        at_us * {{ scale }}
        {%- if once %} + least(row_number() over (
            partition by {{ whose }}, at_us order by first_step, last_step, tie
        ) - 1, 1023)
        {%- endif %} as place,
        {%- if 'strict_deduplication' in modes and not once %}
        {%- for k in range(2, n + 1) %}
        count(*) filter (where is_step_{{ k }}) over (
            partition by {{ whose }}, at_us
        ) as copies_{{ k }},
        {%- endfor %}
        {%- endif %}
    from taking_part
),

-- from each event on: where the next event of a step lies, and the way that goes on from it. What
-- lies further ahead never lies earlier, so that the least is that of the next event
ahead_{{ n }} as (
    select
        *,
        min(case when is_step_{{ n }} then place end) {{ ahead }} as next_{{ n }}_{{ n }},
        {%- for one in exclude %}
        min(case when is_excluded_{{ loop.index }} then place end) over (
            partition by {{ whose }}
            order by place
            range between 1 following and unbounded following
        ) as next_excluded_{{ loop.index }},
        {%- endfor %}
    from placed
),
{%- for k in range(n - 1, 1, -1) %}

ahead_{{ k }} as (
    select
        *,
        min(case when is_step_{{ k }} then place end) {{ ahead }} as next_{{ k }}_{{ k }},
        {%- for j in range(k + 1, n + 1) %}
        min(case when is_step_{{ k }} then next_{{ k + 1 }}_{{ j }} end) {{ ahead }}
            as next_{{ k }}_{{ j }},
        {%- endfor %}
        {%- for one in exclude if one.get('after', 1) >= k %}
        {%- set from = 'next_excluded_' if one.get('after', 1) == k else 'next_' ~ (k + 1) ~ '_excluded_' %}
        min(
            case when is_step_{{ k }} then {{ from }}{{ exclude.index(one) + 1 }} end
        ) {{ ahead }} as next_{{ k }}_excluded_{{ exclude.index(one) + 1 }},
        {%- endfor %}
    from ahead_{{ k + 1 }}
),
{%- endfor %}

begun as (
    select
        {{ whose }},
        segment,
        tie,
        window_us,
        place as step_1,
        {%- for k in range(2, n + 1) %}
        case
            when next_2_{{ k }} // {{ scale }} <= at_us + window_us
                then next_2_{{ k }}
        end as step_{{ k }},
        {%- endfor %}
        {%- for one in exclude %}
        {%- set x = ('next_2_excluded_' if one.get('after', 1) > 1 else 'next_excluded_') ~ loop.index %}
        case
            when {{ x }} // {{ scale }} <= at_us + window_us
                then {{ x }}
        end as excluded_{{ loop.index }},
        {%- endfor %}
    from ahead_{{ [n, 2] | min }}
    where is_step_1
),
{%- if stops %}
{{ funnel_stops(n, held, modes, once, exclude | length) }}
{%- endif %}

-- an excluded event counts once the step before it is done, until the one behind it is
struck as (
    select
        *,
        {%- for one in exclude %}
        case
            when
                step_{{ one.get('after', 1) }} is not null
                and coalesce(
                    excluded_{{ loop.index }} < step_{{ one.get('before', n) }}, true
                )
                then excluded_{{ loop.index }}
        end as struck_{{ loop.index }},
        {%- endfor %}
    from {{ 'uncut' if stops else 'begun' }}
    where step_1 is not null
),

cut as (
    select
        {{ whose }},
        segment,
        tie,
        window_us,
        step_1,
        {%- for k in range(2, n + 1) %}
        case
            when
                true
                {%- for one in exclude if k > one.get('after', 1) %}
                and coalesce(
                    step_{{ k }} <= struck_{{ exclude.index(one) + 1 }}, true
                )
                {%- endfor %}
                then step_{{ k }}
        end as step_{{ k }},
        {%- endfor %}
        {%- if exclude %}
        least(
            {%- for one in exclude %}struck_{{ loop.index }}, {% endfor %}null
        ) as struck,
        {%- else %}
        cast(null as bigint) as struck,
        {%- endif %}
    from struck
),

measured as (
    select
        *,
        1{% for k in range(2, n + 1) %}
        + case when step_{{ k }} is null then 0 else 1 end
        {%- endfor %} as reached_step,
        greatest(step_1{% for k in range(2, n + 1) %}, step_{{ k }}{% endfor %}) as last_place,
        case
            when step_{{ n }} is not null then step_{{ n }}
            when struck is not null then struck
            else step_1 + window_us * {{ scale }}
        end as ended_at,
    from cut
    {%- if exclude and on_exclude == 'drop' %}
    qualify max(struck) over (partition by person) is null
    {%- endif %}
),
{%- if count == 'every' %}

candidates as (
    select * from measured
    qualify row_number() over (
        partition by person, step_1 order by reached_step desc, last_place, tie
    ) = 1
),

{{ one_after_the_other('step_1', 'ended_at', 'entry_number') }}
{%- else %}

counted as (
    select
        *,
        1 as entry_number,
    from measured
    where true
    qualify row_number() over (
        partition by person{{ ', segment' if once_per == 'segment' }}
        order by
            {{ 'reached_step desc, last_place, step_1 desc' if count == 'best' else 'step_1' }},
            {{ (held + ['segment', 'tie']) | join(', ') }}
    ) = 1
),
{%- endif %}

entries as (
    select
        person as {{ person }},
        {%- for name in held %}
        {{ name }},
        {%- endfor %}
        segment,
        entry_number,
        reached_step,
        {%- for k in range(1, n + 1) %}
        {{ moment_at('step_' ~ k ~ ' // ' ~ scale) }} as step_{{ k }}_at,
        {%- endfor %}
        (step_{{ n }} // {{ scale }} - step_1 // {{ scale }}) / 1000000.0
            as seconds_to_convert,
        reached_step = {{ n }} as is_converted,
        struck is not null and reached_step < {{ n }} as is_excluded,
        {%- if known_before %}
        reached_step < {{ n }} and struck is null
        and step_1 // {{ scale }} + window_us
        >= {{ microseconds(known_before) }} as is_open,
        {%- else %}
        false as is_open,
        {%- endif %}
    from counted
)

select * from entries
{%- endmacro %}
