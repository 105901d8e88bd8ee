-- An order counts once the shop has taken it: not while a payment is awaited, and not
-- when it failed, was cancelled or lies in the bin. A status of the shop's own lies
-- behind the payment as a rule, and counts unless the seed says otherwise.
-- A refund or a status may change while the order's time of change stays: what the
-- daily listing said counts where the order was not read since.
with orders as (
    select * from {{ ref('stg_woocommerce__orders') }}
),

states as (
    select * from {{ ref('stg_woocommerce__order_states') }}
),

listed_since as (
    select states.*
    from states
    inner join orders
        on states.order_id = orders.order_id
        and try_cast(states._dlt_load_id as decimal(20, 9))
        > try_cast(orders._dlt_load_id as decimal(20, 9))
),

told as (
    select
        orders.* replace (
            coalesce(listed_since.status, orders.status) as status,
            coalesce(listed_since.total_amount, orders.total_amount)
                as total_amount,
            coalesce(listed_since.refund_amount, orders.refund_amount)
                as refund_amount
        ),
    from orders
    left join listed_since
        on orders.order_id = listed_since.order_id
),

final as (
    select
        'woocommerce:' || told.order_id as row_id,
        'woocommerce' as source,
        coalesce(told.order_number, told.order_id) as order_id,
        told.ordered_at,
        case
            when told.email is not null then 'email'
            when told.shop_customer_id is not null then 'shop_customer_id'
        end as identifier_type,
        case when told.email is not null then 'global' else 'woocommerce' end
            as identifier_namespace,
        coalesce(told.email, told.shop_customer_id) as identifier_value,
        told.quantity,
        cast(told.total_amount + told.refund_amount as decimal(18, 4))
            as order_amount,
        told.currency_code,
        json_object('status', told.status, 'line_items', told.line_items)
            as properties,
        {{ meaning_of('woocommerce', 'order_status', 'told.status') }} = 'placed'
            as is_placed,
        {{ meaning_of('woocommerce', 'order_status', 'told.status') }} = 'failed'
            as is_failed,
        told._dlt_load_id,
    from told
    left join states
        on told.order_id = states.order_id
    where
        told.status is distinct from 'trash'
        and not coalesce(states.is_deleted, false)
)

select * from final
