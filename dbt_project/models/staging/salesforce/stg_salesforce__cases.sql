{% set unread = [] %}

with source as (
    select * from {{ source('salesforce', 'cases') }}
),

renamed as (
    select
        id as case_id,
        {{ json_text('payload', 'ContactId') }} as contact_id,
        {{ json_text('payload', 'AccountId') }} as company_id,
        {{ json_text('payload', 'Subject') }} as subject,
        {{ json_text('payload', 'Description') }} as content,
        {{ json_text('payload', 'Origin') }} as origin,
        {{ json_text('payload', 'Status') }} as status,
        {{ json_text('payload', 'Priority') }} as priority,
        coalesce({{ to_flag(json_text('payload', 'IsClosed')) }}, false)
            as is_closed,
        {{ to_moment(json_text('payload', 'ClosedDate'), unread) }}
            as closed_at,
        {{ json_text('payload', 'OwnerId') }} as owner_id,
        {{ json_text('payload', 'MasterRecordId') }} as merged_into_case_id,
        cast(created_at as timestamptz) as created_at,
        cast(system_modstamp as timestamptz) as updated_at,
        coalesce(is_deleted, false) as is_in_recycle_bin,
        coalesce(is_deleted, false)
        or {{ is_gone('salesforce', 'cases') }} as is_deleted,
        try_cast(payload as json) as properties,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
