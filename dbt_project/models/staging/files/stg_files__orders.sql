with source as (
    select * from {{ source('files', 'orders') }}
),

renamed as (
    select
        row_id,
        mapping,
        file,
        source,
        order_id,
        cast(ordered_at as timestamptz) as ordered_at,
        identifier_type,
        identifier_namespace,
        case
            when identifier_type = 'email' then {{ to_email('identifier_value') }}
            when identifier_type = 'domain' then lower(trim(identifier_value))
            else trim(identifier_value)
        end as identifier_value,
        cast(quantity as decimal(18, 4)) as quantity,
        cast(order_amount as decimal(18, 4)) as order_amount,
        upper(currency_code) as currency_code,
        try_cast(properties as json) as properties,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
