{% set unread = [] %}

with source as (
    select * from {{ source('activecampaign', 'contacts') }}
),

renamed as (
    select
        id as contact_id,
        {{ to_email(json_text('payload', 'email')) }} as email,
        {{ json_text('payload', 'phone') }} as phone,
        {{ json_text('payload', 'firstName') }} as first_name,
        {{ json_text('payload', 'lastName') }} as last_name,
        {{ json_text('payload', 'orgname') }} as company_name,
        coalesce({{ to_flag(json_text('payload', 'anonymized')) }}, false)
            as is_anonymized,
        {{ to_count(json_text('payload', 'bounced_hard'), unread) }}
            as hard_bounce_count,
        {{ to_count(json_text('payload', 'bounced_soft'), unread) }}
            as soft_bounce_count,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        -- deleted ones vanish from the listing; a few are still shown, marked
        {{ is_gone('activecampaign', 'contacts') }}
        or coalesce(
            {{ to_flag(json_text('payload', 'deleted')) }}, false
        ) as is_deleted,
        try_cast(payload as json) as payload,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
