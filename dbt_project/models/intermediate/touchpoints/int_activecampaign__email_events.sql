-- Links, reports of the old API, listings and webhooks tell of the same mails: what
-- several of them say about one contact, campaign and link is one event, at the
-- earliest time told.
with deleted_contacts as (
    select contact_id from {{ ref('stg_activecampaign__contacts') }}
    where is_deleted
),

campaigns as (
    select * from {{ ref('stg_activecampaign__campaigns') }}
),

links as (
    select * from {{ ref('stg_activecampaign__links') }}
),

link_data as (
    select * from {{ ref('stg_activecampaign__link_data') }}
),

reports as (
    select * from {{ ref('stg_activecampaign__campaign_reports') }}
),

webhooks as (
    select * from {{ ref('stg_activecampaign__webhook_events') }}
),

used as (
    select
        case when link_data.is_open then 'opened' else 'clicked' end as event_kind,
        link_data.campaign_id,
        link_data.contact_id,
        case when not link_data.is_open then links.link_url end as detail,
        link_data.occurred_at,
        link_data.use_count,
        link_data._dlt_load_id as load_id,
    from link_data
    left join links
        on link_data.link_id = links.link_id
),

reported as (
    select
        case report when 'open' then 'opened' else 'unsubscribed' end as event_kind,
        campaign_id,
        contact_id,
        cast(null as varchar) as detail,
        occurred_at,
        use_count,
        _dlt_load_id as load_id,
    from reports
    where report in ('open', 'unsubscription')
),

bounced as (
    select
        'bounced' as event_kind,
        campaign_id,
        contact_id,
        cast(null as varchar) as detail,
        created_at as occurred_at,
        1 as use_count,
        _dlt_load_id as load_id,
    from {{ ref('stg_activecampaign__bounce_logs') }}
),

left_lists as (
    select
        'unsubscribed' as event_kind,
        campaign_id,
        contact_id,
        case when campaign_id is null then list_id end as detail,
        updated_at as occurred_at,
        1 as use_count,
        _dlt_load_id as load_id,
    from {{ ref('stg_activecampaign__contact_lists') }}
    where status = 'unsubscribed'
),

pushed as (
    select
        case event_name
            when 'open' then 'opened'
            when 'click' then 'clicked'
            when 'unsubscribe' then 'unsubscribed'
            when 'bounce' then 'bounced'
            when 'sent' then 'sent'
            when 'reply' then 'replied'
            when 'forward' then 'forwarded'
        end as event_kind,
        campaign_id,
        contact_id,
        case
            when event_name = 'click' then link_url
            when event_name = 'unsubscribe' and campaign_id is null then list_id
            -- nothing else tells of these, and somebody may do them again
            when event_name in ('reply', 'forward') then event_id
        end as detail,
        min(occurred_at) as occurred_at,
        count(*) as use_count,
        arg_min(_dlt_load_id, (occurred_at, _dlt_id)) as load_id,
    from webhooks
    where
        event_name in (
            'open', 'click', 'unsubscribe', 'bounce', 'sent', 'reply', 'forward'
        )
    group by all
),

done as (
    select * from used
    union all
    select * from reported
    union all
    select * from bounced
    union all
    select * from left_lists
    union all
    select * from pushed
),

-- the API has no list of recipients: those who did something with a mail, and the rest
recipients as (
    select
        campaign_id,
        contact_id,
    from done
    union
    select
        campaign_id,
        contact_id,
    from reports
    where report = 'unopen'
),

sent as (
    select
        'sent' as event_kind,
        recipients.campaign_id,
        recipients.contact_id,
        cast(null as varchar) as detail,
        campaigns.sent_at as occurred_at,
        1 as use_count,
        campaigns._dlt_load_id as load_id,
    from recipients
    inner join campaigns
        on recipients.campaign_id = campaigns.campaign_id
    where campaigns.is_one_off and campaigns.sent_at is not null
),

every_telling as (
    select * from done
    union all
    select * from sent
),

events as (
    select
        md5(
            concat_ws(
                '|',
                every_telling.event_kind,
                coalesce(every_telling.campaign_id, ''),
                every_telling.contact_id,
                coalesce(every_telling.detail, '')
            )
        ) as email_event_id,
        every_telling.event_kind,
        every_telling.campaign_id,
        every_telling.contact_id,
        every_telling.detail,
        min(every_telling.occurred_at) as occurred_at,
        max(every_telling.use_count) as use_count,
        -- of the record that tells of it first
        arg_min(
            every_telling.load_id, (every_telling.occurred_at, every_telling.load_id)
        ) as load_id,
    from every_telling
    anti join deleted_contacts
        on every_telling.contact_id = deleted_contacts.contact_id
    where
        every_telling.contact_id is not null and every_telling.occurred_at is not null
    group by all
),

final as (
    select
        events.email_event_id,
        events.event_kind,
        events.campaign_id,
        campaigns.campaign_name,
        events.contact_id,
        case when events.event_kind = 'clicked' then events.detail end as link_url,
        events.occurred_at,
        events.use_count,
        events.load_id,
    from events
    left join campaigns
        on events.campaign_id = campaigns.campaign_id
)

select * from final
