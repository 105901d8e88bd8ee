with source as (
    select * from {{ source('linkedin_pages', 'share_statistics') }}
),

renamed as (
    select
        replace(organization, 'urn:li:organization:', '') as organization_id,
        date as reported_date,
        try_cast(
            {{ json_text('payload', 'totalShareStatistics/impressionCount') }} as bigint
        ) as impression_count,
        try_cast(
            {{ json_text('payload', 'totalShareStatistics/uniqueImpressionsCount') }}
            as bigint
        ) as unique_impression_count,
        try_cast(
            {{ json_text('payload', 'totalShareStatistics/clickCount') }} as bigint
        ) as click_count,
        try_cast(
            {{ json_text('payload', 'totalShareStatistics/likeCount') }} as bigint
        ) as reaction_count,
        try_cast(
            {{ json_text('payload', 'totalShareStatistics/commentCount') }} as bigint
        ) as comment_count,
        try_cast(
            {{ json_text('payload', 'totalShareStatistics/shareCount') }} as bigint
        ) as share_count,
        try_cast(
            {{ json_text('payload', 'totalShareStatistics/shareMentionsCount') }}
            as bigint
        ) as share_mention_count,
        try_cast(
            {{ json_text('payload', 'totalShareStatistics/commentMentionsCount') }}
            as bigint
        ) as comment_mention_count,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
