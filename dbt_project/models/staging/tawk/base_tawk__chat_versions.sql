-- What each webhook and the REST listing said about a chat, in one shape. Webhooks come
-- twice and in any order, a transcript may be followed by a longer one, and either way
-- may be missing.
with webhooks as (
    select * from {{ ref('stg_tawk__webhook_events') }}
    where chat_id is not null
),

listed as (
    select * from {{ source('tawk', 'chats') }}
),

from_webhooks as (
    select
        chat_id,
        property_id,
        event_id as version_id,
        occurred_at as version_at,
        cast(null as varchar) as visitor_id,
        coalesce(
            json_extract(payload, '$.chat.visitor'), json_extract(payload, '$.visitor')
        ) as visitor,
        case event_name
            when 'chat:start' then [json_extract(payload, '$.message')]
            else json_extract(payload, '$.chat.messages[*]')
        end as messages,
        {{ json_text('payload', 'domain') }} as domain,
        {{ json_text('payload', 'referrer') }} as referrer,
        -- a transcript is sent minutes after the chat
        case when event_name = 'chat:start' then occurred_at end as started_at,
        false as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from webhooks
),

from_listing as (
    select
        chat_id,
        property_id,
        'rest' as version_id,
        cast(coalesce(updated_at, created_at) as timestamptz) as version_at,
        {{ json_text('payload', ['personId', 'visitor/id']) }} as visitor_id,
        json_extract(payload, '$.visitor') as visitor,
        json_extract(payload, '$.messages[*]') as messages,
        {{ json_text('payload', 'domain') }} as domain,
        {{ json_text('payload', 'referrer') }} as referrer,
        cast(created_at as timestamptz) as started_at,
        coalesce({{ to_flag(json_text('payload', 'deleted')) }}, false) as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from listed
),

unioned as (
    select * from from_webhooks
    union all
    select * from from_listing
),

-- a page the visitor went to is listed among the messages but is none
cleaned as (
    select
        * replace (
            list_filter(
                messages,
                lambda message: message is not null
                and coalesce(message ->> '$.type', '') != 'nav'
            ) as messages
        ),
    from unioned
)

select
    *,
    coalesce(len(messages), 0) as message_count,
from cleaned
