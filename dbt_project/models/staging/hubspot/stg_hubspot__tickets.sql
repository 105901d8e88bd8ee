{% set unread = [] %}

with source as (
    select
        *,
        coalesce(
            {{ to_moment(json_text('properties', 'createdate'), unread) }},
            cast(created_at as timestamptz)
        ) as opened_at,
    from {{ source('hubspot', 'tickets') }}
),

renamed as (
    select
        id as ticket_id,
        {{ json_text('properties', 'subject') }} as subject,
        {{ json_text('properties', 'content') }} as content,
        {{ json_text('properties', 'source_type') }} as source_type,
        {{ json_text('properties', 'hs_pipeline') }} as pipeline,
        {{ json_text('properties', 'hs_pipeline_stage') }} as stage,
        {{ json_text('properties', 'hs_ticket_priority') }} as priority,
        {{ json_text('properties', 'hubspot_owner_id') }} as owner_id,
        {{ json_list('properties', 'hs_merged_object_ids') }} as merged_ticket_ids,
        opened_at as created_at,
        -- a moment, or milliseconds since the ticket was opened
        coalesce(
            {{ to_moment(
                json_text('properties', [
                    'first_agent_reply_date', 'hs_first_agent_message_sent_at'
                ]), unread
            ) }},
            opened_at + to_milliseconds(
                {{ to_count(
                    json_text('properties', 'time_to_first_agent_reply'), unread
                ) }}
            )
        ) as first_agent_reply_at,
        {{ to_moment(
            json_text('properties', ['closed_date', 'hs_closed_date']), unread
        ) }}
            as closed_at,
        -- a ticket that was opened again may keep its closing date: the flag decides,
        -- then the stages that every account begins with, and only then the date
        coalesce(
            {{ to_flag(json_text('properties', 'hs_is_closed')) }},
            case {{ json_text('properties', 'hs_pipeline_stage') }}
                when '1' then false
                when '2' then false
                when '3' then false
                when '4' then true
            end,
            {{ json_text('properties', ['closed_date', 'hs_closed_date']) }} is not null
        ) as is_closed,
        cast(updated_at as timestamptz) as updated_at,
        coalesce(archived, false) as is_archived,
        {{ is_gone('hubspot', 'tickets') }} as is_deleted,
        try_cast(properties as json) as properties,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
