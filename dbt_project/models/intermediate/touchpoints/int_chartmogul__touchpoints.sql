with transactions as (
    select * from {{ ref('int_payments_numbered') }}
),

movements as (
    select * from {{ ref('int_mrr_movements_classified') }}
    where not is_opening
),

payments as (
    select
        transaction_id as source_record_id,
        occurred_at,
        billing_customer_id,
        case
            when transaction_type = 'refund' then 'refund'
            when not is_successful then 'payment_failed'
            when payment_number = 1 then 'first_payment_succeeded'
            else 'payment_succeeded'
        end as touchpoint,
        case
            when transaction_type = 'refund' then 'outbound' else 'inbound'
        end as direction,
        cast(null as varchar) as content,
        cast(amount as decimal(18, 4)) as value_amount,
        currency_code,
        load_id,
    from transactions
),

changes as (
    select
        activity_id as source_record_id,
        occurred_at,
        billing_customer_id,
        case movement_type
            when 'new' then 'subscription_started'
            when 'expansion' then 'subscription_upgraded'
            when 'contraction' then 'subscription_downgraded'
            when 'churn' then 'subscription_churned'
            when 'reactivation' then 'subscription_reactivated'
            -- a word that the vendor did not use before
            else 'subscription_changed'
        end as touchpoint,
        'inbound' as direction,
        plan_name as content,
        cast(mrr_change_amount as decimal(18, 4)) as value_amount,
        currency_code,
        load_id,
    from movements
),

unioned as (
    select * from payments
    union all
    select * from changes
),

touchpoints as (
    select
        'chartmogul' as source,
        source_record_id,
        occurred_at,
        'billing_customer_id' as identifier_type,
        'chartmogul' as identifier_namespace,
        billing_customer_id as identifier_value,
        'billing' as channel,
        touchpoint,
        direction,
        cast(null as varchar) as session_hint,
        cast(null as varchar) as campaign,
        content,
        value_amount,
        currency_code,
        cast(null as json) as properties,
        load_id,
    from unioned
)

select * from touchpoints
