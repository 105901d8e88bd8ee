{% set unread = [] %}

-- an event of whole days begins and ends at midnight UTC of its days
with source as (
    select
        *,
        coalesce({{ to_flag(json_text('payload', 'IsAllDayEvent')) }}, false)
            as is_all_day,
    from {{ source('salesforce', 'events') }}
),

renamed as (
    select
        id as event_id,
        {{ json_text('payload', 'WhoId') }} as who_id,
        {{ salesforce_object(json_text('payload', 'WhoId')) }}
            as who_object,
        {{ json_text('payload', 'WhatId') }} as what_id,
        {{ salesforce_object(json_text('payload', 'WhatId')) }}
            as what_object,
        {{ json_text('payload', 'Subject') }} as subject,
        {{ json_text('payload', 'Location') }} as location,
        case
            when is_all_day
                then {{ to_moment_or_day(
                    json_text('payload', 'StartDateTime'), unread
                ) }}
            else {{ to_moment(json_text('payload', 'StartDateTime'), unread) }}
        end as starts_at,
        case
            when is_all_day
                then {{ to_moment_or_day(json_text('payload', 'EndDateTime'), unread) }}
            else {{ to_moment(json_text('payload', 'EndDateTime'), unread) }}
        end as ends_at,
        -- the copy of a meeting in the calendar of somebody who was invited
        coalesce({{ to_flag(json_text('payload', 'IsChild')) }}, false)
            as is_copy,
        -- the pattern of a series, whose meetings are records of their own
        coalesce({{ to_flag(json_text('payload', 'IsRecurrence')) }}, false)
            as is_series,
        {{ json_text('payload', 'OwnerId') }} as owner_id,
        cast(created_at as timestamptz) as created_at,
        cast(system_modstamp as timestamptz) as updated_at,
        coalesce(is_deleted, false) as is_in_recycle_bin,
        coalesce(is_deleted, false)
        or {{ is_gone('salesforce', 'events') }} as is_deleted,
        try_cast(payload as json) as properties,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
