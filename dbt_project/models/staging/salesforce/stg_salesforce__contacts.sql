with source as (
    select * from {{ source('salesforce', 'contacts') }}
),

renamed as (
    select
        id as contact_id,
        {{ json_text('payload', 'AccountId') }} as company_id,
        {{ to_email(json_text('payload', 'Email')) }} as email,
        {{ json_text('payload', 'Phone') }} as phone,
        {{ json_text('payload', 'MobilePhone') }} as mobile_phone,
        {{ json_text('payload', 'FirstName') }} as first_name,
        {{ json_text('payload', 'LastName') }} as last_name,
        {{ json_text('payload', 'Title') }} as job_title,
        {{ json_text('payload', 'MailingCity') }} as city,
        {{ json_text('payload', 'MailingCountry') }} as country,
        coalesce({{ to_flag(json_text('payload', 'HasOptedOutOfEmail')) }}, false)
            as has_opted_out_of_email,
        {{ json_text('payload', 'OwnerId') }} as owner_id,
        {{ json_text('payload', var('salesforce_user_id_field')) }}
            as user_id,
        {{ json_text('payload', 'MasterRecordId') }} as merged_into_contact_id,
        cast(created_at as timestamptz) as created_at,
        cast(system_modstamp as timestamptz) as updated_at,
        coalesce(is_deleted, false) as is_in_recycle_bin,
        coalesce(is_deleted, false)
        or {{ is_gone('salesforce', 'contacts') }} as is_deleted,
        try_cast(payload as json) as properties,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
