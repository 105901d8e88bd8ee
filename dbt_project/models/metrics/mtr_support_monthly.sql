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
    {
        'name': 'unanswered_rate',
        'numerator': "count(*) filter (
            where first_response_seconds is null and status in ('open', 'missed')
        )",
        'denominator': 'count(*)',
        'sample': 'count(*)',
        'where': 'is_answer_told',
    },
    {
        'name': 'bot_solved_return_rate',
        'numerator': 'count(*) filter (where is_followed_up)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
        'where': "status = 'bot_solved' and is_followed_up is not null",
    },
    {
        'name': 'contact_cost',
        'numerator': 'sum(contact_cost_amount)',
        'sample': 'count(contact_cost_amount)',
    },
    {
        'name': 'cost_per_contact',
        'numerator': 'sum(contact_cost_amount)',
        'denominator': 'count(contact_cost_amount)',
        'sample': 'count(contact_cost_amount)',
    },
    {
        'name': 'cost_per_solved_contact',
        'numerator': 'sum(contact_cost_amount)',
        'denominator': "count(contact_cost_amount) filter (
            where status in ('resolved', 'bot_solved')
        )",
        'sample': 'count(contact_cost_amount)',
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
        'numerator': 'count(*) filter (where is_solved_at_first_contact)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
    {
        'name': 'first_contact_resolution_on_channel_rate',
        'numerator': 'count(*) filter (where is_solved_at_first_contact_on_channel)',
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
        'numerator': 'count(*) filter (where channel_switch_count > 0)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
    {
        'name': 'channel_return_rate',
        'numerator': 'count(*) filter (where channel_return_count > 0)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
    {
        'name': 'reopened_matter_rate',
        'numerator': 'count(*) filter (where is_reopened)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
        'where': "is_reopened or outcome = 'resolved'",
    },
    {
        'name': 'cost_per_matter',
        'numerator': 'sum(contact_cost_amount)',
        'denominator': 'count(contact_cost_amount)',
        'sample': 'count(contact_cost_amount)',
    },
] %}
{% set about_backlog = [
    {'name': 'open_conversations', 'numerator': 'count(*)', 'sample': 'count(*)'},
    {
        'name': 'open_conversation_age_seconds_median',
        'numerator': 'median(age_seconds)',
        'sample': 'count(age_seconds)',
    },
] %}

with conversations as (
    select
        conversations.* exclude (channel, contact_cost_amount),
        {{ in_reported_currency(
            'conversations.contact_cost_amount', 'conversations.currency_code',
            business_date('conversations.started_at')
        ) }} as contact_cost_amount,
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
        matters.contact_count,
        matters.channel_switch_count,
        matters.channel_return_count,
        matters.is_solved_at_first_contact,
        matters.is_solved_at_first_contact_on_channel,
        matters.is_reopened,
        {{ in_reported_currency(
            'matters.contact_cost_amount', 'matters.currency_code',
            business_date('matters.started_at')
        ) }} as contact_cost_amount,
        coalesce(matters.first_channel, 'unmapped') as channel,
        coalesce(customers.persona, 'unknown') as persona,
        {{ business_month('matters.started_at') }} as period_start,
    from {{ ref('fct_matters') }} as matters
    inner join {{ ref('dim_customers') }} as customers
        on matters.customer_id = customers.customer_id
    where not customers.is_internal
),

backlog as (
    select
        waiting.period_start,
        waiting.age_seconds,
        coalesce(waiting.channel, 'unmapped') as channel,
        coalesce(customers.persona, 'unknown') as persona,
    from {{ ref('int_backlog_listed') }} as waiting
    left join {{ ref('dim_customers') }} as customers
        on waiting.customer_id = customers.customer_id
    where not coalesce(customers.is_internal, false)
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
