-- A mail sent is the company's doing, and so is one that was opened, since programs
-- open mails by themselves: neither begins or prolongs a journey. A click does, and so
-- does who writes back, passes a mail on or wants no more.
with email_events as (
    select * from {{ ref('int_activecampaign__email_events') }}
),

booked as (
    {{ booking_touchpoints('activecampaign') }}
),

touchpoints as (
    select
        'activecampaign' as source,
        email_event_id as source_record_id,
        occurred_at,
        'mailing_contact_id' as identifier_type,
        'activecampaign' as identifier_namespace,
        contact_id as identifier_value,
        'email' as channel,
        'email_' || event_kind as touchpoint,
        case
            when event_kind in ('sent', 'opened', 'bounced') then 'outbound'
            else 'inbound'
        end as direction,
        cast(null as varchar) as session_hint,
        campaign_name as campaign,
        link_url as content,
        cast(null as decimal(18, 4)) as value_amount,
        cast(null as varchar) as currency_code,
        json_object('use_count', use_count) as properties,
        load_id,
    from email_events
    union all by name
    select * from booked
)

select * from touchpoints
