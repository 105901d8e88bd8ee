{# NPS and effort are means, so that an interval needs their squares; a promoter counts
   100, a detractor -100. #}
{% set nps = "case nps_group when 'promoter' then 100 when 'detractor' then -100 "
    "when 'passive' then 0 end" %}
{% set metrics = [
    ('nps', nps, 'nps'),
    ('csat_rate', 'case when ' ~ is_satisfied('score_100') ~ ' then 1 else 0 end',
        'csat'),
    ('ces_mean', '1 + 6 * score_100 / 100', 'ces'),
] %}

with customers as (
    select * from {{ ref('dim_customers') }}
),

answers as (
    select
        answers.*,
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
        invitations.*,
        {{ business_month('invitations.invited_at') }} as period_start,
    from {{ ref('fct_survey_invitations') }} as invitations
    left join customers
        on invitations.customer_id = customers.customer_id
    where not coalesce(customers.is_internal, false)
),

measured as (
    {% for metric, value, kind in metrics %}
    select
        '{{ metric }}' as metric,
        period_start,
        coalesce(channel, 'all') as channel,
        cast(sum({{ value }}) as double) as numerator,
        cast(count({{ value }}) as double) as denominator,
        {% if metric == 'csat_rate' %}
        cast(null as double) as sum_of_squares,
        {% else %}
        cast(sum(({{ value }}) * ({{ value }})) as double) as sum_of_squares,
        {% endif %}
        count({{ value }}) as sample_size,
    from answers
    where question_kind = '{{ kind }}'
    group by period_start, rollup(channel)
    union all
    {% endfor %}
    select
        'survey_answers' as metric,
        period_start,
        coalesce(channel, 'all') as channel,
        cast(count(*) as double) as numerator,
        cast(null as double) as denominator,
        cast(null as double) as sum_of_squares,
        count(*) as sample_size,
    from answers
    where question_kind != 'review'
    group by period_start, rollup(channel)
    union all
    select
        'survey_response_rate' as metric,
        period_start,
        coalesce(channel, 'all') as channel,
        cast(count(*) filter (where is_answered) as double) as numerator,
        cast(count(*) as double) as denominator,
        cast(null as double) as sum_of_squares,
        count(*) as sample_size,
    from invitations
    group by period_start, rollup(channel)
),

final as (
    select
        metric,
        period_start,
        'month' as grain,
        channel,
        'all' as journey_step,
        'all' as journey_phase,
        'all' as persona,
        numerator,
        denominator,
        sum_of_squares,
        sample_size,
        {{ ripe_from('metric', 'period_start') }} as ripe_from,
    from measured
    where sample_size > 0
)

select * from final
