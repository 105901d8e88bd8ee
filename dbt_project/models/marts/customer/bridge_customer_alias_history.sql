-- What was published before is carried on; publishing keeps what is new in the control
-- store.
with aliases as (
    select * from {{ ref('bridge_customer_aliases') }}
),

intervals as (
    select * from {{ ref('stg_kette__known_persons') }}
),

known as (
    select
        intervals.interval_id,
        intervals.alias_id,
        intervals.customer_id,
        intervals.known_from,
        -- what was known and is so no longer ends with this run
        case
            when intervals.known_until is null and aliases.alias_id is null
                then {{ run_moment() }}
            else intervals.known_until
        end as known_until,
    from intervals
    left join aliases
        on intervals.alias_id = aliases.alias_id
        and intervals.customer_id = aliases.customer_id
),

begun as (
    select
        md5(concat_ws('|', aliases.alias_id, aliases.customer_id, {{ run_moment() }}))
            as interval_id,
        aliases.alias_id,
        aliases.customer_id,
        {{ run_moment() }} as known_from,
        cast(null as timestamptz) as known_until,
    from aliases
    left join intervals
        on aliases.alias_id = intervals.alias_id
        and aliases.customer_id = intervals.customer_id
        and intervals.known_until is null
    where intervals.alias_id is null
),

final as (
    select * from known
    union all
    select * from begun
)

select * from final
