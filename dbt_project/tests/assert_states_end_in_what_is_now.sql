-- the last interval of a state and the dimension are two ways to the same figures
with customers as (
    select
        'customer' as entity,
        dim.customer_id as entity_id,
    from {{ ref('dim_customers') }} as dim
    left join {{ ref('fct_customer_states') }} as states
        on dim.customer_id = states.customer_id and states.is_current
    where
        states.customer_id is null
        {% for column in [
            'touchpoint_count', 'conversation_count', 'open_conversation_count',
            'order_count', 'active_days_28', 'account_mrr_amount',
        ] %}
        or coalesce(dim.{{ column }}, 0) != coalesce(states.{{ column }}, 0)
        {% endfor %}
        {% for column in [
            'journey_phase', 'last_nps_score', 'last_csat_score', 'last_ces_score',
            'product_last_used_at', 'has_email_marketing_consent',
            'has_analytics_consent', 'has_publication_consent', 'account_plan_name',
            'account_renews_at', 'account_health_status',
        ] %}
        or dim.{{ column }} is distinct from states.{{ column }}
        {% endfor %}
),

accounts as (
    select
        'account' as entity,
        dim.account_id as entity_id,
    from {{ ref('dim_accounts') }} as dim
    left join {{ ref('fct_account_states') }} as states
        on dim.account_id = states.account_id and states.is_current
    where
        states.account_id is null
        {% for column in [
            'mrr_amount', 'paid_amount', 'person_count', 'active_person_count_28',
        ] %}
        or dim.{{ column }} != coalesce(states.{{ column }}, 0)
        {% endfor %}
        or dim.is_paying != coalesce(states.is_paying, false)
        {% for column in [
            'plan_name', 'customer_since', 'churned_at', 'seat_count', 'renews_at',
            'usage_score', 'support_score', 'feedback_score', 'payment_score',
            'health_score', 'health_status',
        ] %}
        or dim.{{ column }} is distinct from states.{{ column }}
        {% endfor %}
)

select * from customers
union all
select * from accounts
