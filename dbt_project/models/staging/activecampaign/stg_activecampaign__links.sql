{% set unread = [] %}

with source as (
    select * from {{ source('activecampaign', 'links') }}
),

renamed as (
    select
        id as link_id,
        {{ json_text('payload', 'campaignid') }} as campaign_id,
        {{ json_text('payload', 'messageid') }} as message_id,
        {{ json_text('payload', 'link') }} as link_url,
        coalesce({{ json_text('payload', 'link') }} = 'open', false) as is_open_pixel,
        {{ to_count(json_text('payload', 'linkclicks'), unread) }} as click_count,
        {{ to_count(json_text('payload', 'uniquelinkclicks'), unread) }}
            as unique_click_count,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ is_gone('activecampaign', 'links') }} as is_deleted,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
