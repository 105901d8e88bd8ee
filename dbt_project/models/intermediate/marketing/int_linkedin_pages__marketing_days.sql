with shares as (
    select * from {{ ref('stg_linkedin_pages__share_statistics') }}
),

gains as (
    select * from {{ ref('stg_linkedin_pages__follower_statistics') }}
),

sizes as (
    select * from {{ ref('stg_linkedin_pages__network_sizes') }}
),

page_days as (
    select
        organization_id,
        reported_date,
    from shares
    union
    select
        organization_id,
        reported_date,
    from gains
    union
    select
        organization_id,
        reported_date - 1 as reported_date,
    from sizes
),

final as (
    select
        'linkedin_pages' as source,
        'social' as channel,
        page_days.organization_id as marketing_account_id,
        page_days.reported_date,
        shares.impression_count,
        shares.click_count,
        shares.reaction_count,
        shares.comment_count,
        shares.share_count,
        shares.share_mention_count + shares.comment_mention_count as mention_count,
        gains.organic_gain_count + gains.paid_gain_count as follower_gain_count,
        sizes.follower_count,
    from page_days
    left join shares
        on page_days.organization_id = shares.organization_id
        and page_days.reported_date = shares.reported_date
    left join gains
        on page_days.organization_id = gains.organization_id
        and page_days.reported_date = gains.reported_date
    -- what is asked for today is how a page stood when yesterday was over
    left join sizes
        on page_days.organization_id = sizes.organization_id
        and page_days.reported_date = sizes.reported_date - 1
)

select * from final
