{# of: which kind of conversation the figure is about. A chat waits for minutes and a
   ticket for hours, so that one number for both says little: each has its own. #}
{% set of = {
    '': 'true',
    'chat_': "conversation_type = 'chat'",
    'ticket_': "conversation_type != 'chat'",
} %}
{% set metrics = [
    ('', 'conversations', 'count(*)', none, none, 'count(*)'),
    ('', 'first_response_seconds_mean', 'sum(first_response_seconds)',
        'count(first_response_seconds)',
        'sum(first_response_seconds * first_response_seconds)',
        'count(first_response_seconds)'),
    ('chat_', 'missed_chat_rate', 'count(*) filter (where is_missed)', 'count(*)', none,
        'count(*)'),
    ('chat_', 'bot_solved_chat_rate', "count(*) filter (where status = 'bot_solved')",
        'count(*)', none, 'count(*)'),
] %}
{% for kind in of %}
{% for moment in ['first_response_seconds', 'resolution_seconds'] %}
{% do metrics.append((
    kind, kind ~ moment ~ '_median', 'median(' ~ moment ~ ')', none, none,
    'count(' ~ moment ~ ')'
)) %}
{% endfor %}
{% endfor %}

with conversations as (
    select
        conversations.*,
        {{ business_month('conversations.started_at') }} as period_start,
    from {{ ref('fct_conversations') }} as conversations
    left join {{ ref('dim_customers') }} as customers
        on conversations.customer_id = customers.customer_id
    where not coalesce(customers.is_internal, false)
),

measured as (
    {% for kind, metric, numerator, denominator, squares, sample_size in metrics %}
    select
        '{{ metric }}' as metric,
        period_start,
        coalesce(channel, 'all') as channel,
        cast({{ numerator }} as double) as numerator,
        cast({{ denominator or 'null' }} as double) as denominator,
        cast({{ squares or 'null' }} as double) as sum_of_squares,
        {{ sample_size }} as sample_size,
        count(*) as population_size,
    from conversations
    where {{ of[kind] }}
    group by period_start, rollup(channel)
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        metric,
        period_start,
        'month' as grain,
        channel,
        'solve_problem' as journey_step,
        -- somebody asks before they buy as well as after: figures are over all phases
        'all' as journey_phase,
        'all' as persona,
        numerator,
        denominator,
        sum_of_squares,
        sample_size,
        population_size,
        {{ ripe_from('metric', 'period_start') }} as ripe_from,
    from measured
    where sample_size > 0
)

select * from final
