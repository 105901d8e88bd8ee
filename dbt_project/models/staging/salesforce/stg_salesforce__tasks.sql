{% set unread = [] %}

with source as (
    select * from {{ source('salesforce', 'tasks') }}
),

renamed as (
    select
        id as task_id,
        {{ json_text('payload', 'WhoId') }} as who_id,
        {{ salesforce_object(json_text('payload', 'WhoId')) }}
            as who_object,
        {{ json_text('payload', 'WhatId') }} as what_id,
        {{ salesforce_object(json_text('payload', 'WhatId')) }}
            as what_object,
        {{ json_text('payload', 'Subject') }} as subject,
        lower({{ json_text('payload', 'TaskSubtype') }}) as task_subtype,
        lower({{ json_text('payload', 'CallType') }}) as call_type,
        {{ to_count(json_text('payload', 'CallDurationInSeconds'), unread) }}
            as call_duration_seconds,
        coalesce({{ to_flag(json_text('payload', 'IsClosed')) }}, false)
            as is_closed,
        {{ to_day(json_text('payload', 'ActivityDate'), unread) }} as due_date,
        {{ to_moment(json_text('payload', 'CompletedDateTime'), unread) }}
            as completed_at,
        {{ json_text('payload', 'OwnerId') }} as owner_id,
        cast(created_at as timestamptz) as created_at,
        cast(system_modstamp as timestamptz) as updated_at,
        coalesce(is_deleted, false) as is_in_recycle_bin,
        coalesce(is_deleted, false)
        or {{ is_gone('salesforce', 'tasks') }} as is_deleted,
        try_cast(payload as json) as properties,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
