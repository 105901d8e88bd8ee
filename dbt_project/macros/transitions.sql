{# What comes before and after each event of a person, as a whole statement: one row per event.

   - events: a relation, or a query in brackets.
   - state: an expression: what an event is called, such as its channel. Without one it takes no part.
   - within: expressions beside the person within which steps follow each other, such as a session.
   - longest_seconds: a longer pause ends a path; none: no pause does.
   - repeats: whether staying in a state is a step. Without them the first event stands for its like.

   Columns: the person, those of within as within_1 …, state, previous_state, next_state, occurred_at,
   seconds_to_next, step_number (from 1 in its path). At an end of a path the neighbour is null. #}
{% macro transitions(
    events,
    state,
    within=[],
    longest_seconds=none,
    repeats=true,
    person='customer_id',
    moment='occurred_at',
    tie='touchpoint_id'
) -%}
{%- set parts = [] -%}
{%- for _ in within %}{% do parts.append('within_' ~ loop.index) %}{% endfor -%}
{%- set whose = (['person'] + parts) | join(', ') -%}
with named as (
    select
        {{ person }} as person,
        {%- for expression in within %}
        {{ expression }} as within_{{ loop.index }},
        {%- endfor %}
        {{ state }} as state,
        {{ microseconds(moment) }} as at_us,
        {{ tie }} as tie,
    from {{ events }} as events
    where {{ person }} is not null and {{ moment }} is not null and {{ state }} is not null
),

compared as (
    select
        *,
        lag(state) over in_order as state_before,
        lag(at_us) over in_order as before_us,
    from named
    window in_order as (partition by {{ whose }} order by at_us, tie)
),

pathed as (
    select
        *,
        sum(
            case
                when before_us is null then 1
                {%- if longest_seconds is not none %}
                when at_us - before_us > {{ (longest_seconds * 1000000) | int }} then 1
                {%- endif %}
                else 0
            end
        ) over (
            partition by {{ whose }}
            order by at_us, tie
            rows between unbounded preceding and current row
        ) as path_number,
    from compared
),

entered as (
    select * from pathed
    {%- if not repeats %}
    where
        state_before is distinct from state
        {%- if longest_seconds is not none %}
        or at_us - before_us > {{ (longest_seconds * 1000000) | int }}
        {%- endif %}
    {%- endif %}
),

steps as (
    select
        person as {{ person }},
        {%- for name in parts %}
        {{ name }},
        {%- endfor %}
        state,
        lag(state) over in_path as previous_state,
        lead(state) over in_path as next_state,
        {{ moment_at('at_us') }} as occurred_at,
        (lead(at_us) over in_path - at_us) / 1000000.0 as seconds_to_next,
        row_number() over in_path as step_number,
    from entered
    window in_path as (partition by {{ whose }}, path_number order by at_us, tie)
)

select * from steps
{%- endmacro %}

{# How often which state follows which, as a whole statement: one row per pair. Null is the end.

   - steps: what the macro transitions answers: a relation, or the statement in brackets.

   from_count is how often the state was left, the end included; the share of a pair carries Wilson's
   95 % interval, which takes steps as if they were independent. #}
{% macro transition_matrix(steps) -%}
with pairs as (
    select
        state as from_state,
        next_state as to_state,
        count(*) as move_count,
        median(seconds_to_next) as seconds_median,
    from {{ steps }} as steps
    group by all
),

totals as (
    select
        *,
        sum(move_count) over (partition by from_state) as from_count,
    from pairs
),

shares as (
    select
        from_state,
        to_state,
        move_count,
        cast(from_count as bigint) as from_count,
        seconds_median,
        move_count / cast(from_count as double) as rate,
        {{ wilson('move_count', 'from_count', 'low') }} as rate_low,
        {{ wilson('move_count', 'from_count', 'high') }} as rate_high,
    from totals
)

select * from shares
{%- endmacro %}
