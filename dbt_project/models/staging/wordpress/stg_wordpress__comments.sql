with source as (
    select * from {{ source('wordpress', 'comments') }}
),

renamed as (
    select
        id as comment_id,
        post_id,
        status,
        {{ json_text('payload', 'type') }} as comment_type,
        {{ json_text('payload', 'author_name') }} as author_name,
        {{ to_email(json_text('payload', 'author_email')) }} as email,
        {{ json_text('payload', 'link') }} as link,
        content_text,
        cast(created_at as timestamptz) as created_at,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
