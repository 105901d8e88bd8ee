{% set unread = [] %}

with source as (
    select * from {{ source('linkedin_pages', 'share_statistics') }}
),

renamed as (
    select
        replace(organization, 'urn:li:organization:', '') as organization_id,
        date as reported_date,
        {{ to_count(
            json_text('payload', 'totalShareStatistics/impressionCount'), unread
        ) }}
            as impression_count,
        {{ to_count(
            json_text('payload', 'totalShareStatistics/uniqueImpressionsCount'), unread
        ) }}
            as unique_impression_count,
        {{ to_count(json_text('payload', 'totalShareStatistics/clickCount'), unread) }}
            as click_count,
        {{ to_count(json_text('payload', 'totalShareStatistics/likeCount'), unread) }}
            as reaction_count,
        {{ to_count(
            json_text('payload', 'totalShareStatistics/commentCount'), unread
        ) }}
            as comment_count,
        {{ to_count(json_text('payload', 'totalShareStatistics/shareCount'), unread) }}
            as share_count,
        {{ to_count(
            json_text('payload', 'totalShareStatistics/shareMentionsCount'), unread
        ) }}
            as share_mention_count,
        {{ to_count(
            json_text('payload', 'totalShareStatistics/commentMentionsCount'), unread
        ) }}
            as comment_mention_count,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
