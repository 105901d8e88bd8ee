{# It is rebuilt whole, half a minute for ten million events, so that a day replaced or
   removed in raw leaves nothing behind. #}

{% set unread = [] %}

{% set properties = {
    'user_id': ['$user_id'],
    'device_id': ['$device_id'],
    'distinct_id_before_identity': [
        '$distinct_id_before_identity', '$preshuffle_distinct_id'
    ],
    'identified_id': ['$identified_id'],
    'anonymous_id': ['$anon_id'],
    'alias_id': ['alias'],
    'merged_distinct_ids': ['$distinct_ids'],
    'email': ['$email', 'email'],
    'full_name': ['$name', 'name'],
    'library': ['mp_lib'],
    'operating_system': ['$os'],
    'browser': ['$browser'],
    'country_code': ['mp_country_code'],
    'region': ['$region'],
    'city': ['$city'],
    'current_url': ['$current_url', 'current_url'],
    'referring_domain': ['$referring_domain'],
    'referrer_url': ['$referrer'],
    'initial_referring_domain': ['$initial_referring_domain'],
    'utm_source': ['utm_source', 'UTM_source', 'UTM_SOURCE'],
    'utm_medium': ['utm_medium', 'UTM_medium', 'UTM_MEDIUM'],
    'utm_campaign': ['utm_campaign', 'UTM_campaign', 'UTM_CAMPAIGN'],
    'amount': ['amount', '$amount'],
    'currency': ['currency', 'currency_code', '$currency'],
    'page_load_ms': ['page_load_ms'],
    'plan_name': ['plan'],
} %}

{# What the browser library takes from the address as a property of its own. It goes on
   telling it in later visits, so that it counts only where the event has no address. #}
{% set click_ids = [
    'gclid', 'gbraid', 'wbraid', 'dclid', 'msclkid', 'fbclid', 'ttclid', 'twclid',
    'li_fat_id',
] %}
{% for click_id in click_ids %}
{% do properties.update({'given_' ~ click_id: [click_id]}) %}
{% endfor %}

with source as (
    select
        *,
        {{ json_texts('properties', properties) }} as texts,
    from {{ source('mixpanel', 'export_events') }}
),

unpacked as (
    select
        * exclude (properties, texts),
        {{ json_columns('texts', properties) }}
    from source
),

renamed as (
    select
        event_key as event_id,
        event as event_name,
        cast(occurred_at as timestamptz) as occurred_at,
        {{ text_or_null('distinct_id') }} as distinct_id,
        -- servers and older projects send a distinct_id alone
        coalesce(
            user_id,
            case
                when
                    device_id is null
                    and {{ mixpanel_id_type('distinct_id') }} = 'user_id'
                    then {{ text_or_null('distinct_id') }}
            end
        ) as user_id,
        coalesce(
            device_id,
            case
                when
                    user_id is null
                    and {{ mixpanel_id_type('distinct_id') }} = 'device_id'
                    then {{ mixpanel_id_value('distinct_id') }}
            end
        ) as device_id,
        distinct_id_before_identity,
        identified_id,
        anonymous_id,
        alias_id,
        try_cast(try_cast(merged_distinct_ids as json) as varchar[])
            as merged_distinct_ids,
        {{ to_email('email') }} as email,
        full_name,
        insert_id,
        library,
        operating_system,
        browser,
        country_code,
        region,
        city,
        current_url,
        -- '' is the home page, null no page at all
        case
            when current_url is not null
                then lower(
                    regexp_extract(
                        current_url, '^[a-zA-Z]+://[^/?#]+/([^/?#]*)', 1
                    )
                )
        end as page_path_segment,
        referring_domain,
        initial_referring_domain,
        {{ campaign_mark('utm_source') }} as utm_source,
        {{ campaign_mark('utm_medium') }} as utm_medium,
        {{ campaign_mark('utm_campaign') }} as utm_campaign,
        coalesce({{ campaign_mark('utm_campaign') }} is not null, false)
            as has_campaign,
        {{ to_money('amount', unread) }} as amount,
        upper(currency) as currency_code,
        {{ to_number('page_load_ms', unread) }} as page_load_ms,
        plan_name,
        {{ url_host('current_url') }} as page_host,
        {{ url_host(
            "nullif(coalesce(referring_domain, referrer_url), '$direct')"
        ) }} as referrer_host,
        case
            when current_url is not null then {{ query_names('current_url') }}
            else list_filter(
                [
                    {% for click_id in click_ids -%}
                    case
                        when given_{{ click_id }} is not null then '{{ click_id }}'
                    end,
                    {% endfor %}
                ],
                lambda name: name is not null
            )
        end as click_names,
        event = 'Ad Clicked' as is_ad_click,
        export_date,
        cast(processed_at as timestamptz) as processed_at,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from unpacked
)

select
    *,
    {{ origin_id() }} as origin_id,
from renamed
