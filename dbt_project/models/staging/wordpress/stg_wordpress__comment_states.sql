with source as (
    select * from {{ source('wordpress', 'comment_states') }}
),

renamed as (
    select
        id as comment_id,
        status,
        {{ is_gone('wordpress', 'comment_states') }} as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
