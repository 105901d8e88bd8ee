with source as (
    select * from {{ source('activecampaign', 'webhook_events') }}
),

renamed as (
    select
        event_id,
        event as event_name,
        {{ text_or_null('contact_id') }} as contact_id,
        {{ text_or_null('campaign_id') }} as campaign_id,
        {{ to_email(json_text('payload', 'contact/email')) }} as contact_email,
        {{ json_text('payload', 'contact/phone') }} as contact_phone,
        {{ json_text('payload', 'link/url') }} as link_url,
        nullif({{ json_text('payload', 'list') }}, '0') as list_id,
        {{ json_text('payload', 'tag') }} as tag_name,
        coalesce(
            cast(occurred_at as timestamptz), cast(received_at as timestamptz)
        ) as occurred_at,
        cast(received_at as timestamptz) as received_at,
        try_cast(payload as json) as payload,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
