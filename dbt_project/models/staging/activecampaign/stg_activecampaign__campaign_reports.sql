{% set unread = [] %}

with source as (
    select * from {{ source('activecampaign', 'campaign_reports') }}
),

renamed as (
    select
        concat_ws('-', report, campaign_id, contact_id) as report_row_id,
        report,
        campaign_id,
        contact_id,
        {{ to_count('times', unread) }} as use_count,
        cast(occurred_at as timestamptz) as occurred_at,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
