{% set unread = [] %}
{% set amount = "json_extract_string(payload, '$.line_items[*].amount_in_cents')" %}
{% set tax = "json_extract_string(payload, '$.line_items[*].tax_amount_in_cents')" %}

with source as (
    select * from {{ source('chartmogul', 'invoices') }}
),

renamed as (
    select
        uuid as invoice_id,
        {{ json_text('payload', 'external_id') }} as invoice_external_id,
        customer_uuid as billing_customer_uuid,
        cast(invoiced_at as timestamptz) as invoiced_at,
        {{ to_moment(json_text('payload', 'due_date'), unread) }} as due_at,
        -- after discounts, taxes included
        {{ sum_to_units(amount, unread) }} as total_amount,
        {{ sum_to_units(tax, unread) }} as tax_amount,
        {{ json_text('payload', 'currency') }} as currency_code,
        {{ invoice_is_gone() }} as is_deleted,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
