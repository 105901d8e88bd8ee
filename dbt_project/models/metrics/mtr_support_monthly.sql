{# What a figure is about. A chat waits for minutes and a ticket for hours, so that one
   number for both says little: each has its own. #}
{% set kinds = {
    '': none,
    'chat_': "conversation_type = 'chat'",
    'ticket_': "conversation_type != 'chat'",
} %}
{% set metrics = [
    {'name': 'conversations', 'numerator': 'count(*)', 'sample': 'count(*)'},
    {
        'name': 'first_response_seconds_mean',
        'numerator': 'sum(first_response_seconds)',
        'denominator': 'count(first_response_seconds)',
        'squares': 'sum(first_response_seconds * first_response_seconds)',
        'sample': 'count(first_response_seconds)',
    },
    {
        'name': 'missed_chat_rate',
        'numerator': 'count(*) filter (where is_missed)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
        'where': kinds['chat_'],
    },
    {
        'name': 'bot_solved_chat_rate',
        'numerator': "count(*) filter (where status = 'bot_solved')",
        'denominator': 'count(*)',
        'sample': 'count(*)',
        'where': kinds['chat_'],
    },
] %}
{% for kind, is_of in kinds.items() %}
{% for moment in ['first_response_seconds', 'resolution_seconds'] %}
{% do metrics.append({
    'name': kind ~ moment ~ '_median',
    'numerator': 'median(' ~ moment ~ ')',
    'sample': 'count(' ~ moment ~ ')',
    'where': is_of,
}) %}
{% endfor %}
{% endfor %}
{# each says of how many conversations it can speak #}
{% for metric in metrics %}
{% do metric.update({'population': 'count(*)'}) %}
{% endfor %}

with conversations as (
    select
        conversations.* exclude (channel),
        coalesce(conversations.channel, 'unmapped') as channel,
        coalesce(customers.persona, 'unknown') as persona,
        {{ business_month('conversations.started_at') }} as period_start,
    from {{ ref('fct_conversations') }} as conversations
    left join {{ ref('dim_customers') }} as customers
        on conversations.customer_id = customers.customer_id
    where not coalesce(customers.is_internal, false)
),

-- somebody asks before they buy as well as after: figures are over all phases
measured as (
    {{ metric_rows(
        'conversations', metrics, by=['channel', 'persona'],
        fixed={'journey_step': 'solve_problem'}
    ) }}
),

final as (
    select * from measured
    where sample_size > 0
)

select * from final
