{% set unread = [] %}

with source as (
    select * from {{ source('activecampaign', 'contact_automations') }}
),

renamed as (
    select
        id as contact_automation_id,
        {{ json_text('payload', 'contact') }} as contact_id,
        {{ json_text('payload', 'automation') }} as automation_id,
        {{ to_moment(json_text('payload', 'remdate'), unread) }} as completed_at,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ is_gone('activecampaign', 'contact_automations') }} as is_deleted,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
