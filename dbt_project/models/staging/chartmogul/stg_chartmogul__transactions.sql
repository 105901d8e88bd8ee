{% set unread = [] %}
{% set amounts = "json_extract_string(payload, '$.line_items[*].amount_in_cents')" %}

-- ChartMogul sends transactions inside their invoice
with source as (
    select
        *,
        unnest(json_extract(payload, '$.transactions[*]')) as entry,
    from {{ source('chartmogul', 'invoices') }}
),

renamed as (
    select
        {{ json_text('entry', 'uuid') }} as transaction_id,
        {{ json_text('entry', 'external_id') }} as transaction_external_id,
        uuid as invoice_id,
        customer_uuid as billing_customer_uuid,
        {{ to_moment(json_text('entry', 'date'), unread) }} as occurred_at,
        lower({{ json_text('entry', 'type') }}) as transaction_type,
        coalesce(lower({{ json_text('entry', 'result') }}) = 'successful', false)
            as is_successful,
        -- without an amount of its own it is about the whole invoice
        coalesce(
            {{ to_units(json_text('entry', 'amount_in_cents'), unread) }},
            {{ sum_to_units(amounts, unread) }}
        ) as amount,
        {{ json_text('payload', 'currency') }} as currency_code,
        {{ invoice_is_gone() }} as is_deleted,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
where transaction_id is not null
-- an invoice that was issued again may repeat it
qualify row_number() over (partition by transaction_id order by invoice_id) = 1
