-- what events are called at their vendor, for people who read a touchpoint that nobody
-- has given a label
with events as (
    {{ union_of('touchpoint_names', is_named=true) }}
),

named as (
    select
        *,
        {{ touchpoint_name('event_name') }} as touchpoint,
    from events
),

final as (
    select
        source,
        touchpoint,
        arg_max(event_name, (event_count, event_name)) as event_name,
    from named
    group by all
)

select * from final
