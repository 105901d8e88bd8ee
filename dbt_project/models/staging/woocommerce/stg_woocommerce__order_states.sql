with source as (
    select * from {{ source('woocommerce', 'order_states') }}
),

renamed as (
    select
        id as order_id,
        status,
        {{ is_gone('woocommerce', 'order_states') }} as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
