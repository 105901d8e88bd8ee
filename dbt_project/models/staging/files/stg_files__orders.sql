{% set unread = [] %}

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
        {{ to_money('quantity', unread, scale=4) }} as quantity,
        {{ to_money('order_amount', unread, scale=4) }} as order_amount,
        upper(currency_code) as currency_code,
        try_cast(properties as json) as properties,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
