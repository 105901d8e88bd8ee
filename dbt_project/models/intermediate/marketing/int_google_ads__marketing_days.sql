with campaign_days as (
    select * from {{ ref('stg_google_ads__campaign_days') }}
),

customers as (
    select * from {{ ref('stg_google_ads__customers') }}
),

final as (
    select
        'google_ads' as source,
        -- other kinds are shown in many places at once and tell only the sum
        case
            when campaign_days.campaign_type in ('SEARCH', 'SHOPPING')
                then 'paid_search'
            else 'ads'
        end as channel,
        campaign_days.ad_account_id as marketing_account_id,
        customers.account_name as marketing_account_name,
        campaign_days.campaign_id,
        campaign_days.campaign_name,
        campaign_days.reported_date,
        campaign_days.currency_code,
        campaign_days.impression_count,
        campaign_days.click_count,
        campaign_days.spend_amount,
        campaign_days.conversion_count,
    from campaign_days
    left join customers
        on campaign_days.ad_account_id = customers.ad_account_id
)

select * from final
