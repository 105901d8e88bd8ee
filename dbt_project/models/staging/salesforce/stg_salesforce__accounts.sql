{% set unread = [] %}

with source as (
    select * from {{ source('salesforce', 'accounts') }}
),

renamed as (
    select
        id as company_id,
        {{ json_text('payload', 'Name') }} as company_name,
        {{ to_domain(json_text('payload', 'Website')) }} as domain,
        {{ json_text('payload', 'Industry') }} as industry,
        {{ to_count(json_text('payload', 'NumberOfEmployees'), unread) }}
            as employee_count,
        {{ json_text('payload', 'BillingCity') }} as city,
        {{ json_text('payload', 'BillingCountry') }} as country,
        {{ json_text('payload', 'OwnerId') }} as owner_id,
        {{ json_text('payload', var('salesforce_account_id_field')) }}
            as billing_customer_id,
        {{ json_text('payload', 'MasterRecordId') }} as merged_into_company_id,
        cast(created_at as timestamptz) as created_at,
        cast(system_modstamp as timestamptz) as updated_at,
        coalesce(is_deleted, false) as is_in_recycle_bin,
        coalesce(is_deleted, false)
        or {{ is_gone('salesforce', 'accounts') }} as is_deleted,
        try_cast(payload as json) as properties,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
