{# NPS and effort are means, so that an interval needs their squares; a promoter counts
   100, a detractor -100. #}
{% set nps = "case nps_group when 'promoter' then 100 when 'detractor' then -100 "
    "when 'passive' then 0 end" %}
{% set satisfied = 'case when ' ~ is_satisfied('score_100') ~ ' then 1 else 0 end' %}
{% set effort = addable_score('1 + 6 * score_100 / 100') %}
{% set about_answers = [
    {
        'name': 'survey_answers',
        'numerator': 'count(*)',
        'sample': 'count(*)',
        'where': "question_kind != 'review'",
    },
    {
        'name': 'reviews',
        'numerator': 'count(*)',
        'sample': 'count(*)',
        'where': "question_kind = 'review'",
    },
    {
        'name': 'comment_rate',
        'numerator': 'count(*) filter (where has_comment)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
        'where': "question_kind != 'review'",
    },
] %}
{% set promoters = "cast(nps_group = 'promoter' as integer)" %}
{% set detractors = promoters.replace("'promoter'", "'detractor'") %}
{# whatever the scale of the place where it was written, as of one to five stars #}
{% set stars = addable_score('1 + 4 * score_100 / 100') %}
{% for metric, value, kind in [
    ('nps', nps, 'nps'), ('csat_rate', satisfied, 'csat'), ('ces_mean', effort, 'ces'),
    ('promoter_rate', promoters, 'nps'), ('detractor_rate', detractors, 'nps'),
    ('review_rating_mean', stars, 'review')
] %}
{% do about_answers.append({
    'name': metric,
    'numerator': 'sum(' ~ value ~ ')',
    'denominator': 'count(' ~ value ~ ')',
    'squares': none if metric.endswith('_rate')
        else 'sum(' ~ addable_score('pow(' ~ value ~ ', 2)') ~ ')',
    'sample': 'count(' ~ value ~ ')',
    'where': "question_kind = '" ~ kind ~ "'",
}) %}
{% endfor %}
{% set about_invitations = [
    {
        'name': 'survey_response_rate',
        'numerator': 'count(*) filter (where is_answered)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
] %}

with customers as (
    select * from {{ ref('dim_customers') }}
),

answers as (
    select
        answers.question_kind,
        answers.nps_group,
        answers.score_100,
        coalesce(trim(answers.comment), '') != '' as has_comment,
        coalesce(answers.channel, 'unmapped') as channel,
        coalesce(customers.persona, 'unknown') as persona,
        {{ business_month('answers.answered_at') }} as period_start,
    from {{ ref('fct_survey_answers') }} as answers
    left join customers
        on answers.customer_id = customers.customer_id
    where
        not coalesce(customers.is_internal, false)
        and answers.score_100 is not null
),

-- by the month in which they were sent: young months can still rise
invitations as (
    select
        invitations.is_answered,
        coalesce(invitations.channel, 'unmapped') as channel,
        coalesce(customers.persona, 'unknown') as persona,
        {{ business_month('invitations.invited_at') }} as period_start,
    from {{ ref('fct_survey_invitations') }} as invitations
    left join customers
        on invitations.customer_id = customers.customer_id
    where not coalesce(customers.is_internal, false)
),

measured as (
    {{ metric_rows('answers', about_answers, by=['channel', 'persona']) }}
    union all
    {{ metric_rows('invitations', about_invitations, by=['channel', 'persona']) }}
),

final as (
    select * from measured
    where sample_size > 0
)

select * from final
