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
        'squares': 'sum(pow(first_response_seconds, 2))',
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
{% for moment in ['first_response', 'resolution'] %}
{% for hours in [''] + (['business_'] if kind else []) %}
{% set seconds = moment ~ '_' ~ hours ~ 'seconds' %}
{% do metrics.append({
    'name': kind ~ seconds ~ '_median',
    'numerator': 'median(' ~ seconds ~ ')',
    'sample': 'count(' ~ seconds ~ ')',
    'where': is_of,
}) %}
{% endfor %}
{% endfor %}
{% endfor %}
{# what was promised, and is due or done #}
{% for metric, promises in {
    'sla_met_rate': ['is_first_response_in_target', 'is_resolution_in_target'],
    'first_response_sla_met_rate': ['is_first_response_in_target'],
    'resolution_sla_met_rate': ['is_resolution_in_target'],
}.items() %}
{% set due = 'count(' ~ promises | join(') + count(') ~ ')' %}
{% do metrics.append({
    'name': metric,
    'numerator':
        'count(*) filter (where ' ~ promises | join(') + count(*) filter (where ') ~ ')',
    'denominator': due,
    'sample': due,
}) %}
{% endfor %}
{% do metrics.extend([
    {
        'name': 'customers_in_contact',
        'numerator': 'count(distinct customer_id)',
        'sample': 'count(distinct customer_id)',
    },
    {
        'name': 'conversation_solved_rate',
        'numerator': "count(*) filter (where status in ('resolved', 'bot_solved'))",
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
    {
        'name': 'digital_contact_rate',
        'numerator': "count(*) filter (where channel not in ('phone', 'in_person'))",
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
    {
        'name': 'messages_per_conversation',
        'numerator': 'sum(message_count)',
        'denominator': 'count(message_count)',
        'squares': 'sum(pow(message_count, 2))',
        'sample': 'count(message_count)',
    },
    {
        'name': 'answered_in_time_rate',
        'numerator': 'count(*) filter (where is_answered_in_time)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
]) %}
{# each says of how many conversations it can speak #}
{% for metric in metrics %}
{% do metric.update({'population': 'count(*)'}) %}
{% endfor %}
{% set about_matters = [
    {'name': 'support_matters', 'numerator': 'count(*)', 'sample': 'count(*)'},
    {
        'name': 'first_contact_resolution_rate',
        'numerator': "count(*) filter (where outcome = 'resolved' and contact_count = 1)",
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
    {
        'name': 'repeat_contact_rate',
        'numerator': 'count(*) filter (where contact_count > 1)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
    {
        'name': 'contacts_per_matter',
        'numerator': 'sum(contact_count)',
        'denominator': 'count(*)',
        'squares': 'sum(pow(contact_count, 2))',
        'sample': 'count(*)',
    },
    {
        'name': 'channel_switch_rate',
        'numerator': 'count(*) filter (where channel != last_channel)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
] %}
{% set about_backlog = [
    {'name': 'open_conversations', 'numerator': 'count(*)', 'sample': 'count(*)'},
] %}

with conversations as (
    select
        conversations.* exclude (channel),
        coalesce(
            conversations.first_response_seconds <= case conversations.conversation_type
                when 'chat' then {{ var('answer_chats_within_seconds') }}
                else {{ var('answer_tickets_within_seconds') }}
            end,
            false
        ) as is_answered_in_time,
        coalesce(conversations.channel, 'unmapped') as channel,
        coalesce(customers.persona, 'unknown') as persona,
        {{ business_month('conversations.started_at') }} as period_start,
    from {{ ref('fct_conversations') }} as conversations
    left join {{ ref('dim_customers') }} as customers
        on conversations.customer_id = customers.customer_id
    where not coalesce(customers.is_internal, false)
),

matters as (
    select
        matters.outcome,
        matters.touchpoint_count as contact_count,
        coalesce(matters.first_channel, 'unmapped') as channel,
        coalesce(matters.last_channel, 'unmapped') as last_channel,
        coalesce(customers.persona, 'unknown') as persona,
        {{ business_month('matters.started_at') }} as period_start,
    from {{ ref('fct_journeys') }} as matters
    inner join {{ ref('dim_customers') }} as customers
        on matters.customer_id = customers.customer_id
    where matters.journey_type = 'support' and not customers.is_internal
),

month_ends as (
    select distinct
        period_start,
        {{ start_of_day('period_start + interval 1 month') }} as ends_at,
    from conversations
),

-- what nobody answered and what ended without a word of it being solved waits no more
backlog as (
    select
        month_ends.period_start,
        conversations.channel,
        conversations.persona,
    from month_ends
    cross join conversations
    where
        conversations.started_at < month_ends.ends_at
        and case
            when conversations.resolved_at is null then conversations.status = 'open'
            else conversations.resolved_at >= month_ends.ends_at
        end
),

-- somebody asks before they buy as well as after: figures are over all phases
measured as (
    {{ metric_rows(
        'conversations', metrics, by=['channel', 'persona'],
        fixed={'journey_step': 'solve_problem'}
    ) }}
    union all
    {{ metric_rows(
        'matters', about_matters, by=['channel', 'persona'],
        fixed={'journey_step': 'solve_problem'}
    ) }}
    union all
    {{ metric_rows(
        'backlog', about_backlog, by=['channel', 'persona'],
        fixed={'journey_step': 'solve_problem'}
    ) }}
),

final as (
    select * from measured
    where sample_size > 0
)

select * from final
