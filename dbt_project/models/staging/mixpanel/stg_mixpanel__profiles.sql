{% set unread = [] %}

with source as (
    select * from {{ source('mixpanel', 'engage_profiles') }}
),

renamed as (
    select
        distinct_id,
        -- a profile of a device that nobody has logged in on
        case
            when distinct_id not like '$device:%' then {{ text_or_null('distinct_id') }}
        end as user_id,
        case
            when distinct_id like '$device:%' then substr(distinct_id, 9)
        end as device_id,
        {{ to_email(json_text('properties', ['$email', 'email'])) }} as email,
        {{ json_text('properties', ['$phone', 'phone']) }} as phone,
        coalesce(
            {{ json_text('properties', '$name') }},
            {{ text_or_null(
                "concat_ws(' ', " ~ json_text('properties', '$first_name') ~ ", "
                ~ json_text('properties', '$last_name') ~ ")"
            ) }}
        ) as full_name,
        {{ json_text('properties', '$city') }} as city,
        {{ json_text('properties', '$region') }} as region,
        {{ json_text('properties', ['$country_code', 'mp_country_code']) }}
            as country_code,
        {{ json_text('properties', 'plan') }} as plan_name,
        {{ to_moment(json_text('properties', '$created'), unread) }} as created_at,
        cast(last_seen_at as timestamptz) as updated_at,
        try_cast(properties as json) as properties,
        {{ is_gone('mixpanel', 'engage_profiles') }} as is_deleted,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
