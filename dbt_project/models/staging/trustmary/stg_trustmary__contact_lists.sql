with source as (
    select * from {{ source('trustmary', 'contact_lists') }}
),

renamed as (
    select
        id as contact_list_id,
        {{ json_text('payload', 'name') }} as contact_list_name,
        deleted_at is not null
        or {{ is_gone('trustmary', 'contact_lists') }} as is_deleted,
        try_cast(payload as json) as payload,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
