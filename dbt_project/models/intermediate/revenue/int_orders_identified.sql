with orders as (
    select * from {{ ref('int_orders_unioned') }}
),

customer_identifiers as (
    select * from {{ ref('int_customer_identifiers') }}
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

final as (
    select
        orders.row_id as order_id,
        orders.order_id as source_order_id,
        customer_identifiers.customer_id,
        customer_accounts.account_id,
        orders.source,
        orders.ordered_at as occurred_at,
        orders.quantity,
        orders.order_amount,
        orders.currency_code,
        orders.load_id,
    from orders
    left join customer_identifiers
        on orders.identifier_type = customer_identifiers.identifier_type
        and orders.identifier_namespace = customer_identifiers.identifier_namespace
        and orders.identifier_value = customer_identifiers.identifier_value
    left join customer_accounts
        on customer_identifiers.customer_id = customer_accounts.customer_id
)

select * from final
