with source as (
    select * from {{ source('linkedin_pages', 'follower_statistics') }}
),

renamed as (
    select
        replace(organization, 'urn:li:organization:', '') as organization_id,
        date as reported_date,
        try_cast(
            {{ json_text('payload', 'followerGains/organicFollowerGain') }} as bigint
        ) as organic_gain_count,
        try_cast(
            {{ json_text('payload', 'followerGains/paidFollowerGain') }} as bigint
        ) as paid_gain_count,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
