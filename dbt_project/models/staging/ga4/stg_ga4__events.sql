{# It is rebuilt whole, so that a day replaced in raw leaves nothing behind. #}

{% set unread = [] %}

{% set parameters = [
    'ga_session_id', 'ga_session_number', 'session_engaged', 'engagement_time_msec',
    'page_location', 'page_referrer', 'source', 'medium', 'campaign', 'gclid',
    'form_id', 'form_name', 'booking_id', 'booking_system', 'booking_type',
    'booking_channel', 'booking_start', 'booking_minutes', 'transaction_id', 'value',
    'currency', 'debug_mode',
] %}

{% set value = '{"string_value": "VARCHAR", "int_value": "VARCHAR",'
    ~ ' "float_value": "VARCHAR", "double_value": "VARCHAR"}' %}

{% set fields = {
    'analytics_storage': ['privacy_info/analytics_storage'],
    'hostname': ['device/web_info/hostname'],
    'manual_source': ['session_traffic_source_last_click/manual_campaign/source'],
    'manual_medium': ['session_traffic_source_last_click/manual_campaign/medium'],
    'manual_campaign': [
        'session_traffic_source_last_click/manual_campaign/campaign_name'
    ],
    'cross_source': ['session_traffic_source_last_click/cross_channel_campaign/source'],
    'cross_medium': ['session_traffic_source_last_click/cross_channel_campaign/medium'],
    'cross_campaign': [
        'session_traffic_source_last_click/cross_channel_campaign/campaign_name'
    ],
    'ads_campaign': [
        'session_traffic_source_last_click/google_ads_campaign/campaign_name',
        'session_traffic_source_last_click/google_ads_campaign/campaign_id',
    ],
    'collected_source': ['collected_traffic_source/manual_source'],
    'collected_medium': ['collected_traffic_source/manual_medium'],
    'collected_campaign': ['collected_traffic_source/manual_campaign_name'],
    'collected_gclid': ['collected_traffic_source/gclid'],
    'collected_dclid': ['collected_traffic_source/dclid'],
    'collected_srsltid': ['collected_traffic_source/srsltid'],
    'first_user_source': ['traffic_source/source'],
    'first_user_medium': ['traffic_source/medium'],
    'category': ['device/category'],
    'system': ['device/operating_system'],
    'browser_name': ['device/web_info/browser'],
    'country_name': ['geo/country'],
    'city_name': ['geo/city'],
    'ecommerce_id': ['ecommerce/transaction_id'],
} %}

with source as (
    select * from {{ source('ga4', 'events') }}
),

listed as (
    select
        event_key,
        unnest(
            from_json(
                json_extract(payload, '$.event_params'),
                '[{"key": "VARCHAR", "value": {{ value }}}]'
            )
        ) as pair,
        generate_subscripts(
            from_json(json_extract(payload, '$.event_params'), '["JSON"]'), 1
        ) as place,
    from source
),

-- the type of a parameter differs between versions of the tag
typed as (
    select
        event_key,
        place,
        pair['key'] as parameter,
        coalesce(
            pair['value']['string_value'],
            pair['value']['int_value'],
            pair['value']['float_value'],
            pair['value']['double_value']
        ) as text_value,
    from listed
),

-- a name that is given twice counts once
given as (
    select
        event_key,
        {% for parameter in parameters %}
        {{ ga4_text(
            "arg_min(text_value, place) filter (where parameter = '" ~ parameter ~ "')"
        ) }} as given_{{ parameter }},
        {% endfor %}
    from typed
    group by event_key
),

described as (
    select
        * exclude (payload),
        {{ json_texts('payload', fields) }} as texts,
    from source
),

told as (
    select
        * exclude (texts),
        {{ json_columns('texts', fields) }}
    from described
),

unpacked as (
    select
        told.*,
        {% for parameter in parameters %}
        given.given_{{ parameter }},
        {% endfor %}
    from told
    left join given
        on told.event_key = given.event_key
),

renamed as (
    select
        event_key as event_id,
        event_name,
        cast(occurred_at as timestamptz) as occurred_at,
        event_date,
        shard as shard_name,
        regexp_matches(shard, '^events_[0-9]{8}$') as is_final,
        -- who did not consent is nobody; null is a site without consent mode
        {{ to_flag('analytics_storage') }} as has_consent,
        {{ ga4_text('user_pseudo_id') }} as user_pseudo_id,
        {{ ga4_text('user_id') }} as user_id,
        {{ to_count('given_ga_session_id', unread) }} as ga_session_id,
        {{ to_small_count('given_ga_session_number', unread) }} as session_number,
        coalesce(given_session_engaged = '1', false) as is_engaged,
        {{ to_count('given_engagement_time_msec', unread) }} as engagement_ms,
        given_page_location as page_url,
        lower(
            coalesce(
                nullif(
                    regexp_extract(
                        given_page_location, '^[a-zA-Z]+://([^/?#:]+)', 1
                    ),
                    ''
                ),
                {{ ga4_text('hostname') }}
            )
        ) as page_host,
        given_page_referrer as referrer_url,
        -- how the visit came, as the vendor sees it; older shards do not have it
        -- an ad of Google's says more than the marks of its link
        case
            when {{ ga4_text('ads_campaign') }} is not null then 'google'
            when {{ ga4_text('manual_source') }} is not null
                then {{ ga4_text('manual_source') }}
            else {{ ga4_text('cross_source') }}
        end as session_source,
        case
            when {{ ga4_text('ads_campaign') }} is not null then 'cpc'
            when {{ ga4_text('manual_source') }} is not null
                then {{ ga4_text('manual_medium') }}
            else {{ ga4_text('cross_medium') }}
        end as session_medium,
        coalesce(
            {{ ga4_text('ads_campaign') }},
            {{ ga4_text('manual_campaign') }},
            {{ ga4_text('cross_campaign') }}
        ) as session_campaign,
        -- what this event itself was marked with
        coalesce({{ ga4_text('collected_source') }}, given_source) as event_source,
        coalesce({{ ga4_text('collected_medium') }}, given_medium) as event_medium,
        coalesce({{ ga4_text('collected_campaign') }}, given_campaign)
            as event_campaign,
        coalesce({{ ga4_text('collected_gclid') }}, given_gclid) as gclid,
        list_concat(
            {{ query_names('given_page_location') }},
            list_filter(
                [
                    case
                        when coalesce(
                            {{ ga4_text('collected_gclid') }}, given_gclid
                        ) is not null then 'gclid'
                    end,
                    case
                        when {{ ga4_text('collected_dclid') }} is not null then 'dclid'
                    end,
                    case
                        when {{ ga4_text('collected_srsltid') }} is not null
                            then 'srsltid'
                    end,
                ],
                lambda name: name is not null
            )
        ) as click_names,
        -- how the person came at first, not how this visit came
        {{ ga4_text('first_user_source') }} as first_source,
        {{ ga4_text('first_user_medium') }} as first_medium,
        {{ ga4_text('category') }} as device_category,
        {{ ga4_text('system') }} as operating_system,
        {{ ga4_text('browser_name') }} as browser,
        {{ ga4_text('country_name') }} as country,
        {{ ga4_text('city_name') }} as city,
        given_form_id as form_id,
        given_form_name as form_name,
        given_booking_id as booking_id,
        given_booking_system as booking_system,
        given_booking_type as booking_type,
        given_booking_channel as booking_channel,
        {{ to_moment('given_booking_start', unread) }} as booking_starts_at,
        {{ to_small_count('given_booking_minutes', unread, digits=5) }}
            as booking_minutes,
        coalesce(given_transaction_id, {{ ga4_text('ecommerce_id') }})
            as transaction_id,
        {{ to_money('given_value', unread) }} as amount,
        upper(given_currency) as currency_code,
        coalesce(given_debug_mode in ('1', 'true'), false) as is_debug,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from unpacked
)

select * from renamed
