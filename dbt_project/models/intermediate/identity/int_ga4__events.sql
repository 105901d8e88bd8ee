-- Where the user id is a blocked value, it is the device that tells whose event it is.
with events as (
    select * from {{ ref('stg_ga4__events') }}
),

blocked as (
    select * from {{ ref('int_user_ids_blocked') }}
),

final as (
    select
        events.* replace (
            case when blocked.user_id is null then events.user_id end as user_id
        ),
    from events
    left join blocked
        on events.user_id = blocked.user_id
)

select * from final
