with profiles as (
    select
        case when profiles.user_id is not null then 'user_id' else 'device_id' end
            as identifier_type,
        'mixpanel' as identifier_namespace,
        coalesce(profiles.user_id, profiles.device_id) as identifier_value,
        profiles.full_name,
        profiles.email,
        phone_numbers.phone,
        profiles.country_code,
        profiles.city,
        'profile' as record,
        profiles.distinct_id as record_id,
        profiles._dlt_load_id as load_id,
        profiles.updated_at as stated_at,
        1 as value_count,
        false as is_doubtful,
    from {{ ref('stg_mixpanel__profiles') }} as profiles
    left join {{ ref('int_phone_numbers_normalised') }} as phone_numbers
        on profiles.phone = phone_numbers.phone_text
    where not coalesce(profiles.is_deleted, false)
),

-- where visits come from: as often as there are events, by the last of them
visited as (
    select
        case when user_id is not null then 'user_id' else 'device_id' end
            as identifier_type,
        'mixpanel' as identifier_namespace,
        coalesce(user_id, device_id) as identifier_value,
        country_code,
        'event' as record,
        arg_max(event_id, (occurred_at, event_id)) as record_id,
        arg_max(_dlt_load_id, (occurred_at, event_id)) as load_id,
        max(occurred_at) as stated_at,
        count(*) as value_count,
        false as is_doubtful,
    from {{ ref('int_mixpanel__events') }}
    where occurred_at < {{ as_of() }} and country_code is not null
    group by user_id, device_id, country_code
)

{{ stated_values('profiles', [
    'full_name', 'email', 'phone', 'country_code', 'city',
]) }}
union all
{{ stated_values('visited', ['country_code']) }}
