with unioned as (
    {{ union_of('device_users') }}
),

happened as (
    select * from unioned
    where occurred_at < {{ as_of() }}
)

select * from happened
