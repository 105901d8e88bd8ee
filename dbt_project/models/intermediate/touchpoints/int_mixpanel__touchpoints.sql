with events as (
    select * from {{ ref('int_mixpanel__events') }}
),

origins as (
    select * from {{ ref('int_origins_classified') }}
),

named as (
    select
        events.*,
        {{ touchpoint_name('events.event_name') }} as event_touchpoint,
        origins.acquisition_channel,
    from events
    left join origins
        on events.origin_id = origins.origin_id
),

touchpoints as (
    select
        'mixpanel' as source,
        event_id as source_record_id,
        occurred_at,
        case
            when user_id is not null then 'user_id'
            when device_id is not null then 'device_id'
        end as identifier_type,
        'mixpanel' as identifier_namespace,
        coalesce(user_id, device_id) as identifier_value,
        case when library = 'web' then 'website' else 'app' end as channel,
        case
            when event_touchpoint = 'page_viewed' and page_path_segment is not null
                then 'page_viewed:/' || page_path_segment
            else event_touchpoint
        end as touchpoint,
        'inbound' as direction,
        cast(null as varchar) as session_hint,
        utm_campaign as campaign,
        case
            when event_touchpoint = 'page_viewed' then '/' || page_path_segment
        end as content,
        cast(amount as decimal(18, 4)) as value_amount,
        currency_code,
        json_object(
            'acquisition_channel', acquisition_channel,
            'page_load_ms', page_load_ms
        ) as properties,
        _dlt_load_id as load_id,
    from named
)

select * from touchpoints
