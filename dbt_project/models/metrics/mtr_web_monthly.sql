{% set metrics = [
    {'name': 'visits', 'numerator': 'count(*)', 'sample': 'count(*)'},
    {
        'name': 'visitors',
        'numerator': 'count(distinct customer_id)',
        'sample': 'count(distinct customer_id)',
    },
    {
        'name': 'visit_seconds_median',
        'numerator': 'median(duration_seconds)',
        'sample': 'count(duration_seconds)',
    },
    {
        'name': 'touchpoints_per_visit',
        'numerator': 'sum(touchpoint_count)',
        'denominator': 'count(*)',
        'squares': 'sum(pow(touchpoint_count, 2))',
        'sample': 'count(*)',
    },
] %}
{% for metric, is_so in {
    'bounce_rate': 'touchpoint_count = 1',
    'friction_visit_rate': 'has_friction',
    'slow_page_visit_rate': 'has_slow_page',
    'sign_up_visit_rate': 'has_sign_up',
    'form_visit_rate': 'has_form',
}.items() %}
{% do metrics.append({
    'name': metric,
    'numerator': 'count(*) filter (where ' ~ is_so ~ ')',
    'denominator': 'count(*)',
    'sample': 'count(*)',
}) %}
{% endfor %}

with happened as (
    select
        session_id,
        bool_or(is_friction) as has_friction,
        bool_or(touchpoint = 'page_slow') as has_slow_page,
        bool_or(touchpoint = 'signed_up') as has_sign_up,
        bool_or(touchpoint = 'form_submitted') as has_form,
    from {{ ref('fct_touchpoints') }}
    where session_id is not null
    group by session_id
),

visits as (
    select
        visits.customer_id,
        visits.duration_seconds,
        visits.touchpoint_count,
        coalesce(happened.has_friction, false) as has_friction,
        coalesce(happened.has_slow_page, false) as has_slow_page,
        coalesce(happened.has_sign_up, false) as has_sign_up,
        coalesce(happened.has_form, false) as has_form,
        coalesce(visits.acquisition_channel, 'direct') as channel,
        coalesce(customers.persona, 'unknown') as persona,
        {{ business_month('visits.started_at') }} as period_start,
    from {{ ref('fct_sessions') }} as visits
    left join {{ ref('dim_customers') }} as customers
        on visits.customer_id = customers.customer_id
    left join happened
        on visits.session_id = happened.session_id
    where not coalesce(customers.is_internal, false)
),

final as (
    {{ metric_rows('visits', metrics, by=['channel', 'persona']) }}
)

select * from final
