{% set unread = [] %}

with source as (
    select * from {{ source('chartmogul', 'plans') }}
),

renamed as (
    select
        uuid as plan_uuid,
        coalesce(
            {{ text_or_null('external_id') }}, {{ json_text('payload', 'external_id') }}
        ) as plan_external_id,
        {{ json_text('payload', 'data_source_uuid') }} as data_source_uuid,
        {{ json_text('payload', 'name') }} as plan_name,
        {{ json_text('payload', 'interval_unit') }} as interval_unit,
        {{ to_small_count(json_text('payload', 'interval_count'), unread) }}
            as interval_count,
        {{ is_gone('chartmogul', 'plans') }} as is_deleted,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
