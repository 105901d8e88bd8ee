with source as (
    select * from {{ source('linkedin_pages', 'network_sizes') }}
),

renamed as (
    select
        replace(organization, 'urn:li:organization:', '') as organization_id,
        date as reported_date,
        try_cast({{ json_text('payload', 'firstDegreeSize') }} as bigint)
            as follower_count,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
