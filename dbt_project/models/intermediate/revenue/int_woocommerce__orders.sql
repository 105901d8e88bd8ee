-- An order counts once the shop has taken it: not while a payment is awaited, and not
-- when it failed, was cancelled or lies in the bin. The daily listing knows the bin,
-- the order itself what happened since.
with orders as (
    select * from {{ ref('stg_woocommerce__orders') }}
),

states as (
    select * from {{ ref('stg_woocommerce__order_states') }}
),

final as (
    select
        'woocommerce:' || orders.order_id as row_id,
        'woocommerce' as source,
        coalesce(orders.order_number, orders.order_id) as order_id,
        orders.ordered_at,
        case
            when orders.email is not null then 'email'
            when orders.shop_customer_id is not null then 'shop_customer_id'
        end as identifier_type,
        case when orders.email is not null then 'global' else 'woocommerce' end
            as identifier_namespace,
        coalesce(orders.email, orders.shop_customer_id) as identifier_value,
        orders.quantity,
        cast(orders.total_amount + orders.refund_amount as decimal(18, 4))
            as order_amount,
        orders.currency_code,
        json_object('status', orders.status, 'line_items', orders.line_items)
            as properties,
        orders.status in ('processing', 'on-hold', 'completed', 'refunded')
            as is_placed,
        orders.status = 'failed' as is_failed,
        orders._dlt_load_id,
    from orders
    left join states
        on orders.order_id = states.order_id
    where
        orders.status != 'trash'
        and coalesce(states.status, '') != 'trash'
        and not coalesce(states.is_deleted, false)
)

select * from final
