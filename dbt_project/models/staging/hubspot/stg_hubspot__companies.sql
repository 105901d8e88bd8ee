{% set unread = [] %}

with source as (
    select * from {{ source('hubspot', 'companies') }}
),

renamed as (
    select
        id as company_id,
        {{ json_text('properties', 'name') }} as company_name,
        lower({{ json_text('properties', 'domain') }}) as domain,
        {{ json_text('properties', 'phone') }} as phone,
        {{ json_text('properties', 'industry') }} as industry,
        {{ json_text('properties', 'city') }} as city,
        {{ json_text('properties', 'country') }} as country,
        {{ to_count(json_text('properties', 'numberofemployees'), unread) }}
            as employee_count,
        {{ json_text('properties', 'lifecyclestage') }} as lifecycle_stage,
        {{ json_text('properties', 'hubspot_owner_id') }} as owner_id,
        {{ json_text('properties', var('crm_account_id_property')) }}
            as billing_customer_id,
        {{ json_list('properties', 'hs_merged_object_ids') }} as merged_company_ids,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        coalesce(archived, false) as is_archived,
        {{ is_gone('hubspot', 'companies') }} as is_deleted,
        try_cast(properties as json) as properties,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
