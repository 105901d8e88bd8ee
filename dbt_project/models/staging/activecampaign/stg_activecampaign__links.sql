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
        try_cast({{ json_text('payload', 'linkclicks') }} as bigint) as click_count,
        try_cast({{ json_text('payload', 'uniquelinkclicks') }} as bigint)
            as unique_click_count,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ is_gone('activecampaign', 'links') }} as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
