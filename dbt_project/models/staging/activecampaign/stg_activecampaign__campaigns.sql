{% set unread = [] %}

with source as (
    select * from {{ source('activecampaign', 'campaigns') }}
),

renamed as (
    select
        id as campaign_id,
        {{ json_text('payload', 'name') }} as campaign_name,
        {{ json_text('payload', 'type') }} as campaign_type,
        {{ json_text('payload', 'automation') }} as automation_id,
        {{ json_text('payload', 'message_id') }} as message_id,
        coalesce({{ json_text('payload', 'type') }} in ('single', 'split'), false)
            as is_one_off,
        -- an automation's mails have no one moment of sending: 0000-00-00
        {{ to_moment(json_text('payload', 'sdate'), unread) }} as sent_at,
        {{ to_count(json_text('payload', 'send_amt'), unread) }} as sent_count,
        {{ to_count(json_text('payload', 'uniqueopens'), unread) }}
            as unique_open_count,
        {{ to_count(json_text('payload', 'uniquelinkclicks'), unread) }}
            as unique_click_count,
        {{ to_count(json_text('payload', 'unsubscribes'), unread) }}
            as unsubscribe_count,
        {{ to_count(json_text('payload', 'hardbounces'), unread) }}
            as hard_bounce_count,
        {{ to_count(json_text('payload', 'softbounces'), unread) }}
            as soft_bounce_count,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ is_gone('activecampaign', 'campaigns') }} as is_deleted,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
