{% set unread = [] %}

with source as (
    select * from {{ source('activecampaign', 'link_data') }}
),

renamed as (
    select
        link_id || '-' || contact_id as link_use_id,
        link_id,
        contact_id,
        campaign_id,
        is_open,
        {{ to_count('times', unread) }} as use_count,
        cast(occurred_at as timestamptz) as occurred_at,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
