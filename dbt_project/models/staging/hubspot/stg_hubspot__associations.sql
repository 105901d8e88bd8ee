with source as (
    select * from {{ source('hubspot', 'associations') }}
),

renamed as (
    select
        md5(concat_ws(
            '|', from_object_type, from_object_id, to_object_type, to_object_id
        )) as association_id,
        from_object_type,
        from_object_id,
        to_object_type,
        to_object_id,
        json_extract_string(types, '$[*].label') as labels,
        {{ is_gone('hubspot', 'associations') }} as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
