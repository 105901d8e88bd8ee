{# What people say of a step and what became of those who came to it. A mean needs the
   squares for its interval. #}
{% set score = "case nps_group when 'promoter' then 100 when 'detractor' then -100 "
    "when 'passive' then 0 end" %}
{% set about_voices = [] %}
{% for metric, value, kind in [
    ('step_nps', score, 'nps'),
    ('step_csat_rate', 'case when ' ~ is_satisfied('score_100') ~ ' then 1 else 0 end', 'csat'),
    ('step_ces_mean', addable_score('1 + 6 * score_100 / 100'), 'ces'),
    ('step_sentiment_mean', addable_score('sentiment_score'), 'text'),
] %}
{% do about_voices.append({
    'name': metric,
    'numerator': 'sum(' ~ value ~ ')',
    'denominator': 'count(' ~ value ~ ')',
    'squares': none if metric.endswith('_rate')
        else 'sum(' ~ addable_score('pow(' ~ value ~ ', 2)') ~ ')',
    'sample': 'count(' ~ value ~ ')',
    'population': 'count(*)' if kind == 'text' else none,
    'where': "feedback_kind = '" ~ kind ~ "'",
}) %}
{% endfor %}
{% set about_stays = [
    {
        'name': 'step_drop_off_rate',
        'numerator': "count(*) filter (where to_step = 'dropped_off')",
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
    {
        'name': 'step_seconds_mean',
        'numerator': 'sum(seconds_between)',
        'denominator': 'count(*)',
        'squares': 'sum(pow(seconds_between, 2))',
        'sample': 'count(*)',
        'where': "to_step not in ('dropped_off', 'open')",
    },
    {
        'name': 'step_contacts_mean',
        'numerator': 'sum(touchpoint_count)',
        'denominator': 'count(*)',
        'squares': 'sum(pow(touchpoint_count, 2))',
        'sample': 'count(*)',
        'where': "to_step not in ('dropped_off', 'open')",
    },
] %}

with customers as (
    select * from {{ ref('dim_customers') }}
),

voices as (
    select
        feedback.feedback_kind,
        feedback.score_100,
        feedback.nps_group,
        feedback.sentiment_score,
        coalesce(feedback.channel, 'unmapped') as channel,
        coalesce(feedback.journey_step, 'unmapped') as journey_step,
        coalesce(customers.persona, 'unknown') as persona,
        {{ business_month('feedback.occurred_at') }} as period_start,
    from {{ ref('fct_step_feedback') }} as feedback
    left join customers
        on feedback.customer_id = customers.customer_id
    where not coalesce(customers.is_internal, false)
),

stays as (
    select
        moves.to_step,
        moves.seconds_between,
        moves.touchpoint_count,
        moves.from_step as journey_step,
        coalesce(moves.from_channel, 'unmapped') as channel,
        coalesce(customers.persona, 'unknown') as persona,
        {{ business_month('moves.occurred_at') }} as period_start,
    from {{ ref('fct_journey_transitions') }} as moves
    inner join customers
        on moves.customer_id = customers.customer_id
    where moves.journey_type = 'acquisition' and not customers.is_internal
),

measured as (
    {{ metric_rows('voices', about_voices, by=['channel', 'journey_step', 'persona']) }}
    union all
    {{ metric_rows('stays', about_stays, by=['channel', 'journey_step', 'persona']) }}
),

final as (
    select * from measured
    where sample_size > 0
)

select * from final
