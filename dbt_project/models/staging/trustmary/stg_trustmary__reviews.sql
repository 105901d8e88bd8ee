with source as (
    select * from {{ source('trustmary', 'reviews') }}
),

renamed as (
    select
        eid as review_id,
        lower(coalesce({{ json_text('payload', 'source') }}, 'trustmary'))
            as review_source,
        try_cast({{ json_text('payload', 'nps') }} as double) as nps,
        {{ json_text('payload', 'comment') }} as comment,
        {{ json_text('payload', 'name') }} as reviewer_name,
        {{ json_text('payload', 'company') }} as company_name,
        coalesce({{ to_flag(json_text('payload', 'published')) }}, false)
            as is_published,
        {{ to_moment(json_text('payload', 'created_at')) }} as created_at,
        cast(updated_at as timestamptz) as updated_at,
        deleted_at is not null
        or {{ is_gone('trustmary', 'reviews') }} as is_deleted,
        try_cast(payload as json) as payload,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
