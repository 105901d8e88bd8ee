with orders as (
    select * from {{ ref('int_woocommerce__orders') }}
    where is_placed or is_failed
),

touchpoints as (
    select
        source,
        row_id as source_record_id,
        ordered_at as occurred_at,
        identifier_type,
        identifier_namespace,
        identifier_value,
        'website' as channel,
        case when is_failed then 'order_failed' else 'order_placed' end as touchpoint,
        'inbound' as direction,
        cast(null as varchar) as session_hint,
        cast(null as varchar) as campaign,
        cast(null as varchar) as content,
        case when is_placed then order_amount end as value_amount,
        case when is_placed then currency_code end as currency_code,
        properties,
        _dlt_load_id as load_id,
    from orders
)

select * from touchpoints
