{% set unread = [] %}

with source as (
    select * from {{ source('chartmogul', 'customers') }}
),

renamed as (
    select
        uuid as billing_customer_uuid,
        coalesce(
            {{ text_or_null('external_id') }},
            {{ json_text('payload', 'external_id') }},
            uuid
        ) as billing_customer_id,
        -- its own and those of the customers merged into it
        json_extract_string(payload, '$.external_ids[*]') as billing_customer_ids,
        {{ json_text('payload', 'name') }} as customer_name,
        {{ to_email(json_text('payload', 'email')) }} as email,
        {{ json_text('payload', 'company') }} as company_name,
        {{ json_text('payload', 'website_url') }} as website_url,
        {{ json_text('payload', 'country') }} as country_code,
        {{ json_text('payload', 'city') }} as city,
        lower(replace({{ json_text('payload', 'status') }}, ' ', '_')) as status,
        {{ json_text(
            'payload', 'attributes/custom/' ~ var('billing_company_id_attribute')
        ) }} as crm_company_id,
        {{ to_units(json_text('payload', 'mrr'), unread) }} as mrr_amount,
        {{ to_units(json_text('payload', 'arr'), unread) }} as arr_amount,
        {{ json_text('payload', 'currency') }} as currency_code,
        {{ to_moment(
            json_text('payload', ['customer-since', 'customer_since']), unread
        ) }}
            as customer_since_at,
        {{ to_moment(json_text('payload', 'lead_created_at'), unread) }}
            as lead_created_at,
        {{ to_moment(json_text('payload', 'free_trial_started_at'), unread) }}
            as free_trial_started_at,
        json_extract(payload, '$.attributes.tags') as tags,
        json_extract(payload, '$.attributes.custom') as custom_attributes,
        {{ is_gone('chartmogul', 'customers') }} as is_deleted,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
