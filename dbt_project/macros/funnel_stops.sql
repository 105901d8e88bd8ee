{# Where the strict modes of a funnel end a person's way, as CTEs of the macro funnel, which has `placed`
   events and entries that have `begun`: `uncut` are the entries without the steps behind that end.

   - n: how many steps there are. held: the names of what is held constant.
   - once: whether an event counts for one step only. exclude_count: how many exclusions there are. #}
{% macro funnel_stops(n, held, modes, once, exclude_count) -%}
{%- set orders = 'strict_order' in modes -%}
reached as (
    select
        {{ (['person'] + held) | join(', ') }},
        {%- for k in range(1, n + 1) %}
        min(step_{{ k }}) as reached_{{ k }},
        {%- endfor %}
    from begun
    group by all
),

-- where the way of a person ends: at an event between the steps (0), or at a step
stopping as (
    select
        {%- for name in ['person'] + held %}
        placed.{{ name }},
        {%- endfor %}
        min(
            case
                when {{ 'first_step = 0 and place > reached_1' if orders else 'false' }}
                    then place
            end
        ) as stop_0,
        {%- for k in range(2, n + 1) %}
        min(
            case
                when
                    {%- if 'strict_deduplication' in modes %}
                    (
                        is_step_{{ k }} and (
                            place > reached_{{ k }}
                            {%- if not once %}
                            or place = reached_{{ k }} and copies_{{ k }} > 1
                            {%- endif %}
                        )
                    )
                    {%- endif %}
                    {%- if orders and 'allow_reentry' not in modes %}
                    {{ 'or ' if 'strict_deduplication' in modes }}(
                        is_step_{{ k }}
                        and place >= reached_1
                        and coalesce(reached_{{ k - 1 }} > place, true)
                    )
                    {%- elif 'strict_deduplication' not in modes %} false
                    {%- endif %}
                    then place
            end
        ) as stop_{{ k }},
        {%- endfor %}
    from placed
    inner join reached
        on placed.person = reached.person
        {%- for name in held %}
        and placed.{{ name }} = reached.{{ name }}
        {%- endfor %}
    group by all
),

stopped as (
    select
        *,
        {%- set ends -%}
        stop_0{% for k in range(2, n + 1) %}, stop_{{ k }}{% endfor %}
        {%- endset %}
        {%- if n > 1 %}
        least({{ ends }}) as stop,
        case least({{ ends }})
            when stop_0 then 0{% for k in range(2, n + 1) %} when stop_{{ k }} then {{ k }}{% endfor %}
        end as stop_step,
        {%- else %}
        stop_0 as stop,
        0 as stop_step,
        {%- endif %}
    from stopping
),

uncut as (
    select
        {%- for name in ['person'] + held + ['segment', 'tie', 'window_us'] %}
        begun.{{ name }},
        {%- endfor %}
        {%- for k in range(1, n + 1) %}
        case
            when
                stop is null
                or step_{{ k }} < stop
                or step_{{ k }} = stop and stop_step >= {{ k }}
                then step_{{ k }}
        end as step_{{ k }},
        {%- endfor %}
        {%- for e in range(1, exclude_count + 1) %}
        excluded_{{ e }},
        {%- endfor %}
    from begun
    inner join stopped
        on begun.person = stopped.person
        {%- for name in held %}
        and begun.{{ name }} = stopped.{{ name }}
        {%- endfor %}
),
{%- endmacro %}
