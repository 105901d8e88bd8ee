{% set unread = [] %}

with source as (
    select * from {{ source('trustmary', 'reviews') }}
),

renamed as (
    select
        eid as review_id,
        lower(coalesce({{ json_text('payload', 'source') }}, 'trustmary'))
            as review_source,
        {{ to_number(json_text('payload', 'nps'), unread) }} as nps,
        {{ json_text('payload', 'comment') }} as comment,
        {{ json_text('payload', 'name') }} as reviewer_name,
        {{ json_text('payload', 'company') }} as company_name,
        coalesce({{ to_flag(json_text('payload', 'published')) }}, false)
            as is_published,
        coalesce(
            {{ to_moment(json_text('payload', 'created_at'), unread) }},
            cast(updated_at as timestamptz),
            {{ loaded_moment() }}
        ) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        deleted_at is not null
        or {{ is_gone('trustmary', 'reviews') }} as is_deleted,
        try_cast(payload as json) as payload,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
