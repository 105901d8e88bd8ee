{% set unread = [] %}

-- ChartMogul sends lines inside their invoice
with source as (
    select
        *,
        unnest(json_extract(payload, '$.line_items[*]')) as entry,
    from {{ source('chartmogul', 'invoices') }}
),

renamed as (
    select
        {{ json_text('entry', 'uuid') }} as line_item_id,
        uuid as invoice_id,
        customer_uuid as billing_customer_uuid,
        {{ json_text('entry', 'subscription_uuid') }} as subscription_uuid,
        lower({{ json_text('entry', 'type') }}) as line_type,
        cast(invoiced_at as timestamptz) as invoiced_at,
        {{ to_moment(json_text('entry', 'service_period_start'), unread) }}
            as period_started_at,
        {{ to_moment(json_text('entry', 'service_period_end'), unread) }}
            as period_ended_at,
        {{ to_units(json_text('entry', 'amount_in_cents'), unread) }} as amount,
        -- what is not told comes as an empty text
        {{ to_small_count(json_text('entry', 'quantity'), unread) }} as quantity,
        {{ json_text('payload', 'currency') }} as currency_code,
        {{ invoice_is_gone() }} as is_deleted,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
where line_item_id is not null
-- an invoice that was issued again may repeat it
qualify row_number() over (partition by line_item_id order by invoice_id) = 1
