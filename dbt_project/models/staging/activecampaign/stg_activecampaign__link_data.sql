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
        times as use_count,
        cast(occurred_at as timestamptz) as occurred_at,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
