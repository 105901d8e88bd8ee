with persons as (
    select * from {{ ref('int_customers_described') }}
),

dated as (
    select * from {{ ref('int_customers_dated') }}
),

accounts as (
    select * from {{ ref('dim_accounts') }}
),

touchpoints as (
    select * from {{ ref('int_customers_touched') }}
),

summed as (
    select * from {{ ref('int_customers_summed') }}
),

channels as (
    select
        customer_id,
        count(*) as channel_count,
        arg_max(
            channel, (own_touchpoint_count, last_touch_at)
        ) as main_channel,
    from {{ ref('bridge_customer_channels') }}
    where own_touchpoint_count > 0
    group by all
),

personas as (
    select * from {{ ref('int_customer_personas') }}
),

orders as (
    select
        customer_id,
        count(*) as order_count,
        max(occurred_at) as last_order_at,
    from {{ ref('fct_orders') }}
    where customer_id is not null
    group by all
),

-- a deal that names a company is every colleague's, another its person's alone
deals as (
    select
        account_id,
        case when account_id is null then customer_id end as customer_id,
        count(*) as open_deal_count,
    from {{ ref('fct_deals') }}
    where not is_closed
    group by all
),

final as (
    select
        persons.customer_id,
        dated.account_id,
        persons.is_identified,
        persons.identified_at,
        persons.is_internal,
        persons.internal_label,
        persons.full_name,
        persons.email,
        persons.phone,
        persons.country_code,
        persons.city,
        persons.language,
        persons.company_name,
        persons.job_title,
        personas.persona,
        personas.persona_basis,
        persons.user_id,
        persons.owner_name,
        persons.lifecycle_stage,
        summed.has_email_marketing_consent,
        summed.has_analytics_consent,
        summed.has_publication_consent,
        dated.first_seen_at,
        -- the last contact; records that a system merely rewrote do not count
        touchpoints.last_touch_at as last_seen_at,
        coalesce(touchpoints.touchpoint_count, 0) as touchpoint_count,
        summed.session_count,
        summed.acquisition_channel,
        touchpoints.first_campaign,
        summed.journey_phase,
        summed.journey_phase_since,
        touchpoints.signed_up_at,
        touchpoints.onboarding_booked_at,
        touchpoints.product_first_used_at,
        touchpoints.product_last_used_at,
        coalesce(touchpoints.active_days_7, 0) as active_days_7,
        coalesce(touchpoints.active_days_28, 0) as active_days_28,
        coalesce(touchpoints.active_days_90, 0) as active_days_90,
        coalesce(touchpoints.key_event_count, 0) as key_event_count,
        coalesce(channels.channel_count, 0) as channel_count,
        channels.main_channel,
        summed.conversation_count,
        summed.open_conversation_count,
        summed.last_conversation_at,
        {% for kind in ['chat', 'ticket'] %}
        summed.{{ kind }}_count,
        summed.answered_{{ kind }}_count,
        summed.{{ kind }}_first_response_seconds_median,
        {% endfor %}
        {% for kind in ['nps', 'csat', 'ces'] %}
        summed.last_{{ kind }}_score,
        summed.last_{{ kind }}_at,
        {% endfor %}
        coalesce(orders.order_count, 0) as order_count,
        orders.last_order_at,
        coalesce(
            account_deals.open_deal_count, own_deals.open_deal_count, 0
        ) as open_deal_count,
        accounts.plan_name as account_plan_name,
        accounts.mrr_amount as account_mrr_amount,
        accounts.paid_amount as account_paid_amount,
        accounts.paid_currency_code as account_paid_currency_code,
        accounts.currency_code as account_currency_code,
        accounts.customer_since as account_customer_since,
        accounts.renews_at as account_renews_at,
        accounts.health_status as account_health_status,
    from persons
    left join dated
        on persons.customer_id = dated.customer_id
    left join accounts
        on dated.account_id = accounts.account_id
    left join touchpoints
        on persons.customer_id = touchpoints.customer_id
    inner join summed
        on persons.customer_id = summed.customer_id
    left join orders
        on persons.customer_id = orders.customer_id
    left join channels
        on persons.customer_id = channels.customer_id
    left join personas
        on persons.customer_id = personas.customer_id
    left join deals as account_deals
        on dated.account_id = account_deals.account_id
    left join deals as own_deals
        on persons.customer_id = own_deals.customer_id
)

select * from final
