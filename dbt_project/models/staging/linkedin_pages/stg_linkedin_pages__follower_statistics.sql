{% set unread = [] %}

with source as (
    select * from {{ source('linkedin_pages', 'follower_statistics') }}
),

renamed as (
    select
        replace(organization, 'urn:li:organization:', '') as organization_id,
        date as reported_date,
        {{ to_count(
            json_text('payload', 'followerGains/organicFollowerGain'), unread
        ) }}
            as organic_gain_count,
        {{ to_count(json_text('payload', 'followerGains/paidFollowerGain'), unread) }}
            as paid_gain_count,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
