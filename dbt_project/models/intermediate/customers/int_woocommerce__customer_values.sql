with orders as (
    select
        'email' as identifier_type,
        'global' as identifier_namespace,
        orders.email as identifier_value,
        orders.full_name,
        orders.email,
        phone_numbers.phone,
        orders.company_name,
        orders.city,
        orders.country_code,
        'order' as record,
        orders.order_id as record_id,
        orders._dlt_load_id as load_id,
        orders.ordered_at as stated_at,
        1 as value_count,
        false as is_doubtful,
    from {{ ref('stg_woocommerce__orders') }} as orders
    left join {{ ref('int_phone_numbers_normalised') }} as phone_numbers
        on orders.phone = phone_numbers.phone_text
    where orders.ordered_at < {{ as_of() }}
)

{{ stated_values(
    'orders', ['full_name', 'email', 'phone', 'company_name', 'city', 'country_code']
) }}
