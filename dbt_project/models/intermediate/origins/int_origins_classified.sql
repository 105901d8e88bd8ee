with origins as (
    select * from {{ ref('int_origins_collected') }}
),

rules as (
    select
        *,
        '(^|[^a-z])' || regexp_escape(value) || '($|[^a-z])' as word_pattern,
    from {{ ref('acquisition_rules') }}
),

hosts as (
    select * from {{ ref('int_hosts_registered') }}
),

own_domains as (
    select lower(trim(domain)) as domain from {{ ref('own_domains') }}
),

-- click ids of ads count before all else, those of other links behind the medium
clicks as (
    select
        origins.origin_id,
        arg_min(
            { 'channel': rules.acquisition_channel, 'source': rules.source_name },
            rules.value
        ) filter (where rules.acquisition_channel like 'paid%') as paid_click,
        arg_min(
            { 'channel': rules.acquisition_channel, 'source': rules.source_name },
            rules.value
        ) filter (where rules.acquisition_channel not like 'paid%') as other_click,
    from origins
    inner join rules
        on rules.field = 'click_id'
        and list_contains(origins.click_names, rules.value)
    group by origins.origin_id
),

mediums as (
    select
        named.utm_medium,
        -- the whole value says more than a part of it, and a longer part more
        arg_max(
            rules.acquisition_channel,
            (rules.match = 'exact', length(rules.value), rules.value)
        ) as channel,
    from (select distinct utm_medium from origins) as named
    inner join rules
        on rules.field = 'medium'
        and (
            (rules.match = 'exact' and named.utm_medium = rules.value)
            or (
                rules.match = 'begins' and starts_with(named.utm_medium, rules.value)
            )
            or (
                rules.match = 'word'
                and regexp_matches(named.utm_medium, rules.word_pattern)
            )
        )
    group by named.utm_medium
),

named_sites as (
    select distinct
        utm_source as site,
        false as is_referrer,
    from origins
    union
    select distinct
        referrer_host as site,
        true as is_referrer,
    from origins
),

sites as (
    select
        named_sites.site,
        named_sites.is_referrer,
        arg_max(
            rules.acquisition_channel,
            (rules.match = 'domain', length(rules.value), rules.value)
        ) as channel,
    from named_sites
    inner join rules
        on (
            rules.field = 'site'
            or (rules.field = 'referrer' and named_sites.is_referrer)
        )
        and (
            (
                rules.match = 'domain'
                and (
                    named_sites.site = rules.value
                    or ends_with(named_sites.site, '.' || rules.value)
                )
            )
            or (
                rules.match = 'word'
                and regexp_matches(named_sites.site, rules.word_pattern)
            )
        )
    group by named_sites.site, named_sites.is_referrer
),

-- a click inside the own site, whatever of its domains it is on
own_hosts as (
    select distinct hosts.host
    from hosts
    inner join own_domains
        on hosts.host = own_domains.domain
        or ends_with(hosts.host, '.' || own_domains.domain)
),

judged as (
    select
        origins.*,
        clicks.paid_click,
        clicks.other_click,
        mediums.channel as medium_channel,
        sources.channel as source_channel,
        referrers.channel as referrer_channel,
        origins.utm_source is not null
        or origins.utm_medium is not null
        or origins.has_campaign as is_marked,
        -- pages without a name of their own (an app) come from nowhere
        origins.referrer_host is null
        or own_hosts.host is not null
        or coalesce(
            referrer_domains.registered_domain = page_domains.registered_domain, false
        )
        or coalesce(referrers.channel = 'own', false) as is_own_referrer,
    from origins
    left join clicks
        on origins.origin_id = clicks.origin_id
    left join mediums
        on origins.utm_medium = mediums.utm_medium
    left join sites as sources
        on origins.utm_source = sources.site and not sources.is_referrer
    left join sites as referrers
        on origins.referrer_host = referrers.site and referrers.is_referrer
    left join hosts as referrer_domains
        on origins.referrer_host = referrer_domains.host
    left join hosts as page_domains
        on origins.page_host = page_domains.host
    left join own_hosts
        on origins.referrer_host = own_hosts.host
),

told as (
    select
        *,
        case
            when paid_click is not null then paid_click['channel']
            when medium_channel is not null then medium_channel
            when is_ad_click then 'paid'
            when other_click is not null then other_click['channel']
            when is_marked then coalesce(source_channel, 'referral')
            when is_own_referrer then null
            else coalesce(referrer_channel, 'referral')
        end as channel,
        coalesce(source_channel, '') = 'social'
        or (
            utm_source is null
            and not is_own_referrer
            and coalesce(referrer_channel, '') = 'social'
        )
        or coalesce(other_click['channel'], '') = 'social' as is_social,
    from judged
),

final as (
    select
        origin_id,
        case
            when channel = 'paid' and is_social then 'paid_social'
            when channel = 'paid' then 'paid_search'
            else channel
        end as acquisition_channel,
        coalesce(
            paid_click['source'],
            utm_source,
            other_click['source'],
            case when not is_own_referrer then referrer_host end
        ) as source_name,
        case
            when paid_click is not null and coalesce(medium_channel, '') != 'paid'
                then 'cpc'
            when utm_medium is not null then utm_medium
            when channel = 'paid' then 'cpc'
            when channel = 'organic_search' then 'organic'
            when channel is not null then channel
        end as medium,
        utm_medium,
        utm_medium is not null and medium_channel is null as has_unknown_medium,
    from told
)

select * from final
