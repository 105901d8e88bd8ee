with source as (
    select * from {{ source('salesforce', 'users') }}
),

renamed as (
    select
        id as owner_id,
        {{ json_text('payload', 'Name') }} as full_name,
        {{ to_email(json_text('payload', 'Email')) }} as email,
        coalesce({{ to_flag(json_text('payload', 'IsActive')) }}, false) as is_active,
        cast(created_at as timestamptz) as created_at,
        cast(system_modstamp as timestamptz) as updated_at,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
