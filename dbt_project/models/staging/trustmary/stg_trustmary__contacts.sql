{% set unread = [] %}

with source as (
    select * from {{ source('trustmary', 'contacts') }}
),

renamed as (
    select
        id as contact_id,
        {{ to_email(json_text('payload', 'email')) }} as email,
        {{ json_text('payload', 'name') }} as contact_name,
        {{ json_text('payload', 'company') }} as company_name,
        {{ json_text('payload', 'eid') }} as external_id,
        {{ json_text('payload', 'type') }} as contact_type,
        {{ to_moment(json_text('payload', 'created_at'), unread) }} as created_at,
        cast(updated_at as timestamptz) as updated_at,
        deleted_at is not null as is_archived,
        {{ is_gone('trustmary', 'contacts') }} as is_deleted,
        try_cast(payload as json) as payload,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
