{% set answered = "first_response_seconds is not null" %}
{% set chats = "conversation_type = 'chat'" %}
{% set metrics = [
    ('conversations', 'count(*)', none, none, 'count(*)'),
    ('first_response_seconds_mean', 'sum(first_response_seconds)',
        'count(first_response_seconds)',
        'sum(first_response_seconds * first_response_seconds)',
        'count(first_response_seconds)'),
    ('first_response_seconds_median', 'median(first_response_seconds)', none, none,
        'count(first_response_seconds)'),
    ('resolution_seconds_median', 'median(resolution_seconds)', none, none,
        'count(resolution_seconds)'),
    ('missed_chat_rate', 'count(*) filter (where is_missed)',
        'count(*) filter (where ' ~ chats ~ ')', none,
        'count(*) filter (where ' ~ chats ~ ')'),
] %}

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
    {% for metric, numerator, denominator, squares, sample_size in metrics %}
    select
        '{{ metric }}' as metric,
        period_start,
        coalesce(channel, 'all') as channel,
        cast({{ numerator }} as double) as numerator,
        cast({{ denominator or 'null' }} as double) as denominator,
        cast({{ squares or 'null' }} as double) as sum_of_squares,
        {{ sample_size }} as sample_size,
    from conversations
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
        'retention' as journey_phase,
        'all' as persona,
        numerator,
        denominator,
        sum_of_squares,
        sample_size,
    from measured
    where sample_size > 0
)

select * from final
