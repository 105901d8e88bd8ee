{% set unread = [] %}

with source as (
    select * from {{ source('woocommerce', 'order_states') }}
),

renamed as (
    select
        id as order_id,
        status,
        {{ to_money(json_text('payload', 'total'), unread, scale=4) }} as total_amount,
        -- a listing that tells nothing of refunds is not one without
        case
            when json_extract(payload, '$.refunds') is not null
                then {{ sum_of(
                    json_list_of('payload', 'refunds'), 'total', unread
                ) }}
        end as refund_amount,
        {{ is_gone('woocommerce', 'order_states') }} as is_deleted,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
