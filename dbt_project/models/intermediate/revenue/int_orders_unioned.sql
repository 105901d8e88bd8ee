with orders as (
    {{ union_of('orders') }}
),

final as (
    select
        row_id,
        source,
        order_id,
        ordered_at,
        identifier_type,
        identifier_namespace,
        identifier_value,
        quantity,
        order_amount,
        currency_code,
        properties,
        _dlt_load_id as load_id,
    from orders
    where is_placed and ordered_at < {{ as_of() }}
)

select * from final
