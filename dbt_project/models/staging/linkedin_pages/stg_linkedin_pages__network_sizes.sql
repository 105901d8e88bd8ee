{% set unread = [] %}

with source as (
    select * from {{ source('linkedin_pages', 'network_sizes') }}
),

renamed as (
    select
        replace(organization, 'urn:li:organization:', '') as organization_id,
        date as reported_date,
        {{ to_count(json_text('payload', 'firstDegreeSize'), unread) }}
            as follower_count,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
