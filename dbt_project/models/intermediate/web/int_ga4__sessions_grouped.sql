-- A visit is known by its cookie and the second of its begin, and may go on past
-- midnight. What has no session (a server sent it) or no cookie (nobody consented)
-- is nobody's visit.
with events as (
    select
        *,
        -- what is sent together has one moment
        (occurred_at, event_id) as place,
        case
            when session_source is not null or session_medium is not null
                then {
                    'source': session_source,
                    'medium': session_medium,
                    'campaign': session_campaign
                }
        end as told_source,
        case
            when event_source is not null or event_medium is not null
                then {
                    'source': event_source,
                    'medium': event_medium,
                    'campaign': event_campaign
                }
        end as marked_source,
        {{ url_host('referrer_url') }} as referrer_host,
    from {{ ref('int_ga4__events') }}
    where
        coalesce(has_consent, true)
        and user_pseudo_id is not null
        and ga_session_id is not null
        and not is_debug
),

grouped as (
    select
        md5(concat_ws('|', user_pseudo_id, ga_session_id)) as session_id,
        user_pseudo_id,
        ga_session_id,
        arg_max(user_id, place) filter (where user_id is not null) as user_id,
        min(session_number) as session_number,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        min(event_date) as session_date,
        arg_min(_dlt_load_id, place) as load_id,
        arg_min(page_url, place) filter (where page_url is not null)
            as landing_page_url,
        arg_min(page_host, place) filter (where page_host is not null) as landing_host,
        arg_min(referrer_host, place) filter (where referrer_host is not null)
            as referrer_host,
        arg_min(told_source, place) filter (where told_source is not null)
            as told_source,
        -- the first whole mark; the begin of a session may know a part of it only
        arg_min(marked_source, (marked_source['medium'] is null, place))
        filter (where marked_source is not null) as marked_source,
        list_sort(list_distinct(flatten(array_agg(click_names)))) as click_names,
        bool_or(is_engaged) as is_engaged,
        count(*) as event_count,
        count(*) filter (where event_name = 'page_view') as page_view_count,
        -- the page with the thanks may be opened twice
        count(
            distinct case
                when event_name = 'purchase' then coalesce(transaction_id, event_id)
            end
        ) as purchase_count,
        bool_and(is_final) as is_final,
    from events
    group by user_pseudo_id, ga_session_id
),

-- the vendor's own word first, then the marks of the link
marked as (
    select
        * exclude (told_source, marked_source),
        coalesce(told_source, marked_source) as known_source,
    from grouped
),

final as (
    select
        * exclude (known_source),
        {{ campaign_mark("known_source['source']") }} as utm_source,
        {{ campaign_mark("known_source['medium']") }} as utm_medium,
        {{ campaign_mark("known_source['campaign']") }} as campaign,
        coalesce(
            {{ campaign_mark("known_source['campaign']") }} is not null, false
        ) as has_campaign,
        {{ url_host('landing_host') }} as page_host,
        false as is_ad_click,
    from marked
)

select
    *,
    {{ origin_id() }} as origin_id,
from final
