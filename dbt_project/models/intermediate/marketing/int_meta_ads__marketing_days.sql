with insights as (
    select * from {{ ref('stg_meta_ads__insights') }}
),

accounts as (
    select * from {{ ref('stg_meta_ads__accounts') }}
),

campaign_days as (
    select
        insights.ad_account_id as marketing_account_id,
        insights.campaign_id,
        -- ads of one campaign that were read before and after it was renamed
        max(insights.campaign_name) as campaign_name,
        insights.reported_date,
        insights.currency_code,
        sum(insights.impression_count) as impression_count,
        sum(insights.click_count) as click_count,
        sum(insights.spend_amount) as spend_amount,
        sum(insights.conversion_count) as conversion_count,
        sum(insights.reaction_count) as reaction_count,
        sum(insights.comment_count) as comment_count,
        sum(insights.share_count) as share_count,
    from insights
    group by all
),

final as (
    select
        'meta_ads' as source,
        'paid_social' as channel,
        accounts.account_name as marketing_account_name,
        campaign_days.*,
    from campaign_days
    left join accounts
        on campaign_days.marketing_account_id = accounts.ad_account_id
)

select * from final
