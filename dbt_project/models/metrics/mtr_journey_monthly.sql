{# A person counts once in each slice, so that slices never add up. Who was only written
   to was not active. #}
{% set about_touchpoints = [
    {'name': 'touchpoints', 'numerator': 'count(*)', 'sample': 'count(*)'},
    {
        'name': 'recommenders',
        'numerator': 'count(distinct customer_id)',
        'sample': 'count(distinct customer_id)',
        'where': "journey_step = 'recommend' and customer_id is not null",
    },
    {
        'name': 'active_customers',
        'numerator': 'count(distinct customer_id)',
        'sample': 'count(distinct customer_id)',
        'where': "customer_id is not null and direction is distinct from 'outbound'",
    },
] %}
{% set about_friction = [
    {
        'name': 'friction_rate',
        'numerator': 'count(*) filter (where is_friction)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
] %}
{% set about_customers = [
    {'name': 'new_customers', 'numerator': 'count(*)', 'sample': 'count(*)'},
    {
        'name': 'referred_customer_rate',
        'numerator': "count(*) filter (where is_referred)",
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
] %}
{% set about_sign_ups = [
    {'name': 'sign_ups', 'numerator': 'count(*)', 'sample': 'count(*)'},
    {
        'name': 'activation_rate',
        'numerator': 'count(*) filter (where is_activated)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
    {
        'name': 'onboarding_booking_rate',
        'numerator': 'count(*) filter (where has_booked)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
] %}
{% set about_phases = [
    {
        'name': 'phase_conversion_rate',
        'numerator': 'count(*) filter (where has_reached_next)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
] %}
{% set about_journeys = [
    {
        'name': 'acquisition_conversion_rate',
        'numerator': "count(*) filter (where outcome = 'converted')",
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
    {
        'name': 'acquisition_abandonment_rate',
        'numerator': "count(*) filter (where outcome = 'abandoned')",
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
    {
        'name': 'acquisition_seconds_median',
        'numerator': 'median(duration_seconds)',
        'sample': 'count(duration_seconds)',
        'where': "outcome = 'converted'",
    },
    {
        'name': 'touchpoints_to_acquisition',
        'numerator': 'sum(touchpoint_count)',
        'denominator': 'count(*)',
        'squares': 'sum(pow(touchpoint_count, 2))',
        'sample': 'count(*)',
        'where': "outcome = 'converted'",
    },
] %}
{% set about_onboardings = [
    {
        'name': 'onboarding_completion_rate',
        'numerator': "count(*) filter (where outcome = 'activated')",
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
    {
        'name': 'contacts_per_onboarding',
        'numerator': 'sum(contact_count)',
        'denominator': 'count(*)',
        'squares': 'sum(pow(contact_count, 2))',
        'sample': 'count(*)',
    },
] %}
{% set about_renewals = [
    {
        'name': 'renewal_rate',
        'numerator': "count(*) filter (where outcome = 'renewed')",
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
    {
        'name': 'contacts_per_renewal',
        'numerator': 'sum(contact_count)',
        'denominator': 'count(*)',
        'squares': 'sum(pow(contact_count, 2))',
        'sample': 'count(*)',
    },
] %}

with every_customer as (
    select
        customer_id,
        is_internal,
        first_seen_at,
        signed_up_at,
        onboarding_booked_at,
        product_first_used_at,
        coalesce(acquisition_channel, 'direct') as acquisition_channel,
        coalesce(persona, 'unknown') as persona,
    from {{ ref('dim_customers') }}
),

customers as (
    select * from every_customer
    where not is_internal
),

reached as (
    select
        touchpoints.customer_id,
        touchpoints.direction,
        touchpoints.is_interaction,
        touchpoints.is_friction,
        coalesce(touchpoints.channel, 'unmapped') as channel,
        coalesce(touchpoints.journey_step, 'unmapped') as journey_step,
        coalesce(touchpoints.journey_phase, 'unmapped') as journey_phase,
        coalesce(every_customer.persona, 'unknown') as persona,
        {{ business_month('touchpoints.occurred_at') }} as period_start,
    from {{ ref('fct_touchpoints') }} as touchpoints
    left join every_customer
        on touchpoints.customer_id = every_customer.customer_id
    where not coalesce(every_customer.is_internal, false)
),

-- an account's own touchpoints (payments) belong to no person: they count as
-- touchpoints, not as active customers; records that changed are no touchpoint
touchpoints as (
    select * from reached
    where is_interaction
),

-- what went wrong counts although nobody was in touch, such as a page that was slow
met as (
    select * from reached
    where is_interaction or is_friction
),

new_customers as (
    select
        acquisition_channel as channel,
        acquisition_channel = 'referral' as is_referred,
        persona,
        {{ business_month('first_seen_at') }} as period_start,
    from customers
    where first_seen_at is not null
),

sign_ups as (
    select
        acquisition_channel as channel,
        persona,
        onboarding_booked_at >= signed_up_at as has_booked,
        product_first_used_at
        < signed_up_at + to_days({{ var('activation_days') }}) as is_activated,
        {{ business_month('signed_up_at') }} as period_start,
    from customers
    where signed_up_at is not null
),

phase_entries as (
    select
        entries.journey_phase,
        entries.has_reached_next,
        customers.persona,
        coalesce(entries.channel, 'unmapped') as channel,
        {{ business_month('entries.entered_at') }} as period_start,
    from {{ ref('int_phase_entries_followed') }} as entries
    inner join customers
        on entries.customer_id = customers.customer_id
),

journeys as (
    select
        journeys.journey_type,
        journeys.outcome,
        journeys.duration_seconds,
        journeys.touchpoint_count,
        journeys.contact_count,
        customers.acquisition_channel as channel,
        customers.persona,
        {{ business_month('journeys.started_at') }} as period_start,
    from {{ ref('fct_journeys') }} as journeys
    inner join customers
        on journeys.customer_id = customers.customer_id
),

acquisitions as (
    select * from journeys
    where journey_type = 'acquisition'
),

onboardings as (
    select * from journeys
    where journey_type = 'onboarding'
),

-- what is not decided is neither renewed nor lost
renewals as (
    select
        journeys.outcome,
        journeys.contact_count,
        {{ business_month('journeys.started_at') }} as period_start,
    from {{ ref('fct_journeys') }} as journeys
    inner join {{ ref('dim_accounts') }} as accounts
        on journeys.account_id = accounts.account_id
    where
        journeys.journey_type = 'renewal'
        and journeys.outcome != 'open'
        and not accounts.is_internal
),

measured as (
    {{ metric_rows(
        'touchpoints', about_touchpoints,
        by=['channel', 'journey_step', 'journey_phase', 'persona']
    ) }}
    union all
    {{ metric_rows(
        'met', about_friction,
        by=['channel', 'journey_step', 'journey_phase', 'persona']
    ) }}
    union all
    {{ metric_rows('sign_ups', about_sign_ups, by=['channel', 'persona']) }}
    union all
    {{ metric_rows('new_customers', about_customers, by=['channel', 'persona']) }}
    union all
    {{ metric_rows(
        'phase_entries', about_phases, by=['channel', 'persona'],
        always=['journey_phase']
    ) }}
    union all
    {{ metric_rows('acquisitions', about_journeys, by=['channel', 'persona']) }}
    union all
    {{ metric_rows('onboardings', about_onboardings, by=['channel', 'persona']) }}
    union all
    {{ metric_rows('renewals', about_renewals, by=[]) }}
),

final as (
    select * from measured
    where sample_size > 0
)

select * from final
