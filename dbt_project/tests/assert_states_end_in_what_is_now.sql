-- the last interval of a state and the dimension are two ways to the same figures
with customers as (
    select
        'customer' as entity,
        dim.customer_id as entity_id,
    from {{ ref('dim_customers') }} as dim
    left join {{ ref('fct_customer_states') }} as states
        on dim.customer_id = states.customer_id and states.is_current
    where
        dim.touchpoint_count != coalesce(states.touchpoint_count, 0)
        or dim.conversation_count != coalesce(states.conversation_count, 0)
        or dim.open_conversation_count != coalesce(states.open_conversation_count, 0)
        or dim.order_count != coalesce(states.order_count, 0)
        or dim.journey_phase is distinct from states.journey_phase
        or dim.last_nps_score is distinct from states.last_nps_score
),

accounts as (
    select
        'account' as entity,
        dim.account_id as entity_id,
    from {{ ref('dim_accounts') }} as dim
    left join {{ ref('fct_account_states') }} as states
        on dim.account_id = states.account_id and states.is_current
    where
        dim.mrr_amount != coalesce(states.mrr_amount, 0)
        or dim.plan_name is distinct from states.plan_name
)

select * from customers
union all
select * from accounts
