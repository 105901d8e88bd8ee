with insights as (
    select * from {{ ref('stg_meta_ads__insights') }}
),

accounts as (
    select * from {{ ref('stg_meta_ads__accounts') }}
),

words as (
    select * from {{ ref('vendor_words') }}
    where
        source = 'meta_ads'
        and field = 'action_type'
        and meaning in ('purchase', 'registration', 'lead')
),

-- Meta tells one purchase under several names: of each ad and day the first name that
-- is given counts, never two
converted as (
    select
        actions.ad_account_id,
        actions.campaign_id,
        actions.ad_id,
        actions.reported_date,
        words.meaning,
        arg_min(
            actions.action_count, (coalesce(words.priority, 99), words.word)
        ) as conversion_count,
    from {{ ref('stg_meta_ads__actions') }} as actions
    inner join words
        on lower(actions.action_type) = lower(words.word)
    where actions.action_count > 0
    group by all
),

conversions as (
    select
        ad_account_id,
        campaign_id,
        reported_date,
        sum(conversion_count) as conversion_count,
    from converted
    group by all
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
        cast(coalesce(conversions.conversion_count, 0) as decimal(18, 4))
            as conversion_count,
    from campaign_days
    left join accounts
        on campaign_days.marketing_account_id = accounts.ad_account_id
    left join conversions
        on campaign_days.marketing_account_id = conversions.ad_account_id
        and campaign_days.campaign_id = conversions.campaign_id
        and campaign_days.reported_date = conversions.reported_date
)

select * from final
