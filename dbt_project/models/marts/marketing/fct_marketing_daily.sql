with days as (
    select * from {{ ref('int_marketing_days_unioned') }}
),

final as (
    select
        marketing_day_id,
        reported_date,
        source,
        channel,
        marketing_account_id,
        marketing_account_name,
        campaign_id,
        campaign_name,
        cast(impression_count as bigint) as impression_count,
        cast(click_count as bigint) as click_count,
        cast(spend_amount as decimal(18, 6)) as spend_amount,
        currency_code,
        cast(conversion_count as decimal(18, 4)) as conversion_count,
        cast(reaction_count as bigint) as reaction_count,
        cast(comment_count as bigint) as comment_count,
        cast(share_count as bigint) as share_count,
        cast(mention_count as bigint) as mention_count,
        cast(follower_gain_count as bigint) as follower_gain_count,
        cast(follower_count as bigint) as follower_count,
    from days
)

select * from final
