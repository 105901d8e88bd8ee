{% set purposes = ['email_marketing', 'analytics', 'publication'] %}
{% set counts = [
    'touchpoint_count', 'conversation_count', 'open_conversation_count', 'order_count',
    'active_days_28',
] %}
{% set latest = [
    'last_nps_score', 'last_csat_score', 'last_ces_score', 'product_last_used_at',
    'has_email_marketing_consent', 'has_analytics_consent', 'has_publication_consent',
    'account',
] %}

with persons as (
    select
        customer_id,
        account_id,
        {{ business_date("coalesce(first_seen_at, " ~ last_moment() ~ ")") }}
            as first_seen_on,
        {{ business_date(known_at()) }} as identified_on,
        first_seen_at is null as is_undated,
    from {{ ref('dim_customers') }}
),

days_in_use as (
    {{ days_in_use() }}
),

-- the account of today, from the day on which somebody knew who the person is; packed,
-- so that what ended is told apart from no change
account_states as (
    select
        persons.customer_id,
        greatest(states.valid_from, persons.identified_on) as changed_on,
        states.valid_from,
        struct_pack(
            plan_name := states.plan_name,
            mrr_amount := states.mrr_amount,
            renews_at := states.renews_at,
            health_status := states.health_status
        ) as account,
    from persons
    inner join {{ ref('fct_account_states') }} as states
        on persons.account_id = states.account_id
    qualify
        account is distinct from lag(account) over (
            partition by persons.customer_id order by states.valid_from
        )
),

changes as (
    -- somebody of whom nothing happened is known all the same
    select
        customer_id,
        first_seen_on as changed_on,
        is_undated,
    from persons
    union all by name
    select
        customer_id,
        {{ business_date('occurred_at') }} as changed_on,
        count(*) as touchpoint_count,
    from {{ ref('int_touchpoints_phased') }}
    where customer_id is not null and is_interaction
    group by all
    union all by name
    select
        customer_id,
        {{ business_date('entered_at') }} as changed_on,
        max(10 * times_left + phase_order) as phase_rank,
    from {{ ref('fct_phase_entries') }}
    where customer_id is not null
    group by all
    union all by name
    -- who leaves is in no phase, and begins anew when they come again
    select
        customer_id,
        {{ business_date('left_at') }} as changed_on,
        max(10 * (times_left + 1)) as phase_rank,
    from {{ ref('fct_phase_entries') }}
    where left_at is not null
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
    union all by name
    select
        customer_id,
        used_on as changed_on,
        1 as active_days_28,
        last_used_at as product_last_used_at,
    from days_in_use
    union all by name
    select
        customer_id,
        {{ business_date('leaves_at') }} as changed_on,
        -count(*) as active_days_28,
    from days_in_use
    where leaves_at is not null
    group by all
    union all by name
    select
        customer_id,
        {{ business_date('occurred_at') }} as changed_on,
    {% for purpose in purposes %}
    -- of two at once the refusal
    arg_max(is_given, (occurred_at, not is_given)) filter (
        where purpose = '{{ purpose }}'
    ) as has_{{ purpose }}_consent,
    {% endfor %}
    from {{ ref('fct_consents') }}
    group by all
    union all by name
    select
        customer_id,
        changed_on,
        arg_max(account, valid_from) as account,
    from account_states
    group by all
),

phases as (
    select distinct
        phase_order,
        journey_phase,
    from {{ ref('journey_steps') }}
),

-- what has no date of its own is known from now on, unless something dates it
known as (
    select * from changes
    qualify
        not coalesce(is_undated, false)
        or count(*) over (partition by customer_id) = 1
),

days as (
    select
        customer_id,
        changed_on,
        max(phase_rank) as phase_rank,
        {% for count in counts %}
        coalesce(sum({{ count }}), 0) as {{ count }},
        {% endfor %}
        {% for value in latest %}
        max({{ value }}) as {{ value }},
        {% endfor %}
    from known
    group by all
),

running as (
    select
        customer_id,
        changed_on,
        lead(changed_on) over so_far as next_changed_on,
        max(phase_rank) over so_far as phase_rank,
        {% for count in counts %}
        sum({{ count }}) over so_far as {{ count }},
        {% endfor %}
    {% for value in latest %}
    last_value({{ value }} ignore nulls) over so_far as {{ value }},
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
        {% for value in latest if value != 'account' %}
        running.{{ value }},
        {% endfor %}
        struct_extract(running.account, 'plan_name') as account_plan_name,
        struct_extract(running.account, 'mrr_amount') as account_mrr_amount,
        struct_extract(running.account, 'renews_at') as account_renews_at,
        struct_extract(running.account, 'health_status') as account_health_status,
    from running
    left join phases
        on running.phase_rank % 10 = phases.phase_order
)

select * from final
