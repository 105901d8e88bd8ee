with events as (
    select * from {{ ref('stg_mixpanel__events') }}
    where occurred_at < {{ as_of() }}
),

-- a login with a blocked value is refused by the map, which tells so; an address that
-- was given meanwhile is the device's
events_by_device as (
    select * from {{ ref('int_mixpanel__events') }}
    where occurred_at < {{ as_of() }}
),

profiles as (
    select * from {{ ref('stg_mixpanel__profiles') }}
    where not coalesce(is_deleted, false)
),

phone_numbers as (
    select * from {{ ref('int_phone_numbers_normalised') }}
),

logins as (
    select
        'user_id' as left_type,
        user_id as left_value,
        'device_id' as right_type,
        device_id as right_value,
        'login' as kind,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
        count(*) as evidence_count,
    from events
    where user_id is not null and device_id is not null
    group by all
),

-- whose device the vendor knows it to be, though not since when: it says so of every
-- event on the device, whoever has used it since. A login that is known says more, and
-- how many past events were read again after it says nothing
mapped as (
    select
        'user_id' as left_type,
        events.distinct_id as left_value,
        'device_id' as right_type,
        events.device_id as right_value,
        'login' as kind,
        cast(null as timestamptz) as first_seen_at,
        cast(null as timestamptz) as last_seen_at,
        1 as evidence_count,
    from events
    anti join logins
        on events.distinct_id = logins.left_value
        and events.device_id = logins.right_value
    where
        events.user_id is null
        and events.distinct_id_before_identity = '$device:' || events.device_id
        and events.distinct_id not like '$device:%'
    group by all
),

-- projects of the older kind tell of identities by events of their own
statements as (
    select
        identified_id as left_id,
        anonymous_id as right_id,
        'login' as kind,
        occurred_at,
    from events
    where event_name = '$identify'
    union all
    select
        distinct_id as left_id,
        alias_id as right_id,
        'alias' as kind,
        occurred_at,
    from events
    where event_name = '$create_alias'
    union all
    select
        merged_distinct_ids[1] as left_id,
        merged_distinct_ids[2] as right_id,
        'alias' as kind,
        occurred_at,
    from events
    where event_name = '$merge'
),

told as (
    select
        {{ mixpanel_id_type('left_id') }} as left_type,
        {{ mixpanel_id_value('left_id') }} as left_value,
        {{ mixpanel_id_type('right_id') }} as right_type,
        {{ mixpanel_id_value('right_id') }} as right_value,
        kind,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
        count(*) as evidence_count,
    from statements
    where left_id is not null and right_id is not null
    group by all
),

-- the devices of each user, and from when to when they were logged in
users_on_devices as (
    select
        left_value as user_id,
        right_value as device_id,
        first_seen_at,
        last_seen_at,
    from logins
    union all
    select
        left_value as user_id,
        right_value as device_id,
        first_seen_at,
        last_seen_at,
    from told
    where kind = 'login' and left_type = 'user_id' and right_type = 'device_id'
),

users as (
    select
        user_id,
        array_agg(distinct device_id) as device_ids,
        min(first_seen_at) as first_login_at,
        max(last_seen_at) as last_login_at,
    from users_on_devices
    group by user_id
),

-- an alias of two users who both log in, side by side or on devices of their own, is
-- more likely a slip than a second name: it is told as such and makes nobody one
stated as (
    select
        told.* exclude (kind),
        case
            when
                told.kind = 'alias'
                and (
                    (
                        lefts.first_login_at < rights.last_login_at
                        and rights.first_login_at < lefts.last_login_at
                    )
                    or not list_has_any(lefts.device_ids, rights.device_ids)
                )
                then 'alias_of_users'
            else told.kind
        end as kind,
    from told
    left join users as lefts
        on told.left_type = 'user_id' and told.left_value = lefts.user_id
    left join users as rights
        on told.right_type = 'user_id' and told.right_value = rights.user_id
),

filled_in as (
    select
        case when user_id is not null then 'user_id' else 'device_id' end as left_type,
        coalesce(user_id, device_id) as left_value,
        'email' as right_type,
        email as right_value,
        'form' as kind,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
        count(*) as evidence_count,
    from events_by_device
    where email is not null and coalesce(user_id, device_id) is not null
    group by all
),

profile_emails as (
    select
        case when user_id is not null then 'user_id' else 'device_id' end as left_type,
        coalesce(user_id, device_id) as left_value,
        'email' as right_type,
        email as right_value,
        'profile' as kind,
        created_at as first_seen_at,
        updated_at as last_seen_at,
        1 as evidence_count,
    from profiles
    where email is not null
),

profile_phones as (
    select
        case when profiles.user_id is not null then 'user_id' else 'device_id' end
            as left_type,
        coalesce(profiles.user_id, profiles.device_id) as left_value,
        'phone' as right_type,
        phone_numbers.phone as right_value,
        'profile' as kind,
        profiles.created_at as first_seen_at,
        profiles.updated_at as last_seen_at,
        1 as evidence_count,
    from profiles
    inner join phone_numbers
        on profiles.phone = phone_numbers.phone_text
),

unioned as (
    select * from logins
    union all
    select * from mapped
    union all by name
    select * from stated
    union all
    select * from filled_in
    union all
    select * from profile_emails
    union all
    select * from profile_phones
),

final as (
    select
        left_type,
        'mixpanel' as left_namespace,
        left_value,
        right_type,
        case when right_type in ('email', 'phone') then 'global' else 'mixpanel' end
            as right_namespace,
        right_value,
        kind,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        cast(sum(evidence_count) as bigint) as evidence_count,
    from unioned
    group by all
)

select * from final
