with source as (
    select * from {{ source('activecampaign', 'campaign_reports') }}
),

renamed as (
    select
        concat_ws('-', report, campaign_id, contact_id) as report_row_id,
        report,
        campaign_id,
        contact_id,
        times as use_count,
        cast(occurred_at as timestamptz) as occurred_at,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
