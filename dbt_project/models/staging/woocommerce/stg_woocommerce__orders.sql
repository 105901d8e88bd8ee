{% set unread = [] %}

with source as (
    select * from {{ source('woocommerce', 'orders') }}
),

renamed as (
    select
        id as order_id,
        {{ json_text('payload', 'number') }} as order_number,
        status,
        nullif({{ json_text('payload', 'customer_id') }}, '0') as shop_customer_id,
        {{ to_email(json_text('payload', 'billing/email')) }} as email,
        {{ json_text('payload', 'billing/phone') }} as phone,
        {{ text_or_null("concat_ws(' ', "
            ~ json_text('payload', 'billing/first_name') ~ ", "
            ~ json_text('payload', 'billing/last_name') ~ ")") }} as full_name,
        {{ json_text('payload', 'billing/company') }} as company_name,
        {{ json_text('payload', 'billing/city') }} as city,
        upper({{ json_text('payload', 'billing/country') }}) as country_code,
        upper({{ json_text('payload', 'currency') }}) as currency_code,
        {{ to_money(json_text('payload', 'total'), unread, scale=4) }} as total_amount,
        {{ sum_of(json_list_of('payload', 'refunds'), 'total', unread) }}
            as refund_amount,
        {{ sum_of(json_list_of('payload', 'line_items'), 'quantity', unread) }}
            as quantity,
        json_extract(payload, '$.line_items') as line_items,
        cast(created_at as timestamptz) as ordered_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
