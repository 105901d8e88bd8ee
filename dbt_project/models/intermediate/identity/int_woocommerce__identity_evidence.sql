-- Who orders gives an address and often a telephone number; who has an account in the
-- shop orders under its id. An order that was cancelled was still somebody's.
with orders as (
    select * from {{ ref('stg_woocommerce__orders') }}
    where ordered_at < {{ as_of() }} and email is not null
),

phone_numbers as (
    select * from {{ ref('int_phone_numbers_normalised') }}
),

given as (
    select
        'shop_customer_id' as left_type,
        'woocommerce' as left_namespace,
        shop_customer_id as left_value,
        'email' as right_type,
        email as right_value,
        ordered_at,
    from orders
    where shop_customer_id is not null
    union all
    select
        'email' as left_type,
        'global' as left_namespace,
        orders.email as left_value,
        'phone' as right_type,
        phone_numbers.phone as right_value,
        orders.ordered_at,
    from orders
    inner join phone_numbers
        on orders.phone = phone_numbers.phone_text
),

final as (
    select
        left_type,
        left_namespace,
        left_value,
        right_type,
        'global' as right_namespace,
        right_value,
        'order' as kind,
        min(ordered_at) as first_seen_at,
        max(ordered_at) as last_seen_at,
        count(*) as evidence_count,
    from given
    group by all
)

select * from final
