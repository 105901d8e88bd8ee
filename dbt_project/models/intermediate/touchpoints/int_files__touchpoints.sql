with given as (
    select * from {{ ref('stg_files__touchpoints') }}
),

orders as (
    select * from {{ ref('stg_files__orders') }}
),

from_touchpoints as (
    select
        source,
        row_id as source_record_id,
        occurred_at,
        identifier_type,
        identifier_namespace,
        identifier_value,
        channel,
        touchpoint,
        direction,
        session_hint,
        campaign,
        content,
        value_amount,
        currency_code,
        properties,
        _dlt_load_id as load_id,
    from given
),

from_orders as (
    select
        source,
        row_id as source_record_id,
        ordered_at as occurred_at,
        identifier_type,
        identifier_namespace,
        identifier_value,
        'website' as channel,
        'order_placed' as touchpoint,
        'inbound' as direction,
        cast(null as varchar) as session_hint,
        cast(null as varchar) as campaign,
        cast(null as varchar) as content,
        order_amount as value_amount,
        currency_code,
        properties,
        _dlt_load_id as load_id,
    from orders
),

touchpoints as (
    select * from from_touchpoints
    union all
    select * from from_orders
)

select * from touchpoints
