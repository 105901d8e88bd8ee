with changes as (
    select
        customer_id,
        {{ business_date('occurred_at') }} as changed_on,
        count(*) as touchpoint_count,
    from {{ ref('fct_touchpoints') }}
    where customer_id is not null
    group by all
    union all by name
    select
        customer_id,
        {{ business_date('entered_at') }} as changed_on,
        max(phase_order) as phase_order,
    from {{ ref('fct_phase_entries') }}
    where customer_id is not null
    group by all
    union all by name
    select
        customer_id,
        {{ business_date('started_at') }} as changed_on,
        count(*) as conversation_count,
        count(*) filter (
            where status = 'open' or resolved_at is not null
        ) as open_conversation_count,
    from {{ ref('fct_conversations') }}
    where customer_id is not null
    group by all
    union all by name
    select
        customer_id,
        {{ business_date('resolved_at') }} as changed_on,
        -count(*) as open_conversation_count,
    from {{ ref('fct_conversations') }}
    where customer_id is not null and status != 'open' and resolved_at is not null
    group by all
    union all by name
    select
        customer_id,
        {{ business_date('answered_at') }} as changed_on,
    {% for kind in ['nps', 'csat', 'ces'] %}
    arg_max(score, (answered_at, answer_id)) filter (
        where question_kind = '{{ kind }}'
    ) as last_{{ kind }}_score,
    {% endfor %}
    from {{ ref('fct_survey_answers') }}
    where customer_id is not null
    group by all
    union all by name
    select
        customer_id,
        {{ business_date('occurred_at') }} as changed_on,
        count(*) as order_count,
    from {{ ref('fct_orders') }}
    where customer_id is not null
    group by all
),

phases as (
    select distinct
        phase_order,
        journey_phase,
    from {{ ref('journey_steps') }}
),

{% set counts = [
    'touchpoint_count', 'conversation_count', 'open_conversation_count', 'order_count',
] %}
{% set scores = ['last_nps_score', 'last_csat_score', 'last_ces_score'] %}

days as (
    select
        customer_id,
        changed_on,
        max(phase_order) as phase_order,
        {% for count in counts %}
        coalesce(sum({{ count }}), 0) as {{ count }},
        {% endfor %}
        {% for score in scores %}
        max({{ score }}) as {{ score }},
        {% endfor %}
    from changes
    group by all
),

running as (
    select
        customer_id,
        changed_on,
        lead(changed_on) over so_far as next_changed_on,
        max(phase_order) over so_far as phase_order,
        {% for count in counts %}
        sum({{ count }}) over so_far as {{ count }},
        {% endfor %}
    {% for score in scores %}
    last_value({{ score }} ignore nulls) over so_far as {{ score }},
    {% endfor %}
    from days
    window so_far as (partition by customer_id order by changed_on)
),

final as (
    select
        running.customer_id || '|' || running.changed_on as customer_state_id,
        running.customer_id,
        running.changed_on as valid_from,
        running.next_changed_on as valid_to,
        running.next_changed_on is null as is_current,
        phases.journey_phase,
        {% for count in counts %}
        cast(running.{{ count }} as bigint) as {{ count }},
        {% endfor %}
        {% for score in scores %}
        running.{{ score }},
        {% endfor %}
    from running
    left join phases
        on running.phase_order = phases.phase_order
)

select * from final
