with source as (
    select * from {{ source('hubspot', 'owners') }}
),

renamed as (
    select
        id as owner_id,
        {{ to_email(json_text('payload', 'email')) }} as email,
        {{ text_or_null(
            "concat_ws(' ', " ~ json_text('payload', 'firstName') ~ ", "
            ~ json_text('payload', 'lastName') ~ ")"
        ) }} as full_name,
        coalesce(archived, false) as is_archived,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
