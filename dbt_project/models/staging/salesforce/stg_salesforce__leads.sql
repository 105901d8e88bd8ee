{% set unread = [] %}

with source as (
    select * from {{ source('salesforce', 'leads') }}
),

renamed as (
    select
        id as lead_id,
        {{ to_email(json_text('payload', 'Email')) }} as email,
        {{ json_text('payload', 'Phone') }} as phone,
        {{ json_text('payload', 'MobilePhone') }} as mobile_phone,
        {{ json_text('payload', 'FirstName') }} as first_name,
        {{ json_text('payload', 'LastName') }} as last_name,
        {{ json_text('payload', 'Company') }} as company_name,
        {{ json_text('payload', 'Status') }} as status,
        {{ json_text('payload', 'LeadSource') }} as lead_source,
        coalesce({{ to_flag(json_text('payload', 'IsConverted')) }}, false)
            as is_converted,
        {{ to_day(json_text('payload', 'ConvertedDate'), unread) }}
            as converted_date,
        {{ json_text('payload', 'ConvertedContactId') }}
            as converted_contact_id,
        {{ json_text('payload', 'ConvertedAccountId') }} as converted_company_id,
        {{ json_text('payload', 'ConvertedOpportunityId') }}
            as converted_opportunity_id,
        {{ json_text('payload', 'OwnerId') }} as owner_id,
        {{ json_text('payload', 'MasterRecordId') }} as merged_into_lead_id,
        cast(created_at as timestamptz) as created_at,
        cast(system_modstamp as timestamptz) as updated_at,
        coalesce(is_deleted, false) as is_in_recycle_bin,
        coalesce(is_deleted, false)
        or {{ is_gone('salesforce', 'leads') }} as is_deleted,
        try_cast(payload as json) as properties,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
