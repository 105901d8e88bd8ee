-- the build writes the table from the control store before the models read it
with intervals as (
    select * from {{ target.database }}.kette.known_persons
),

final as (
    select
        interval_id,
        alias_id,
        customer_id,
        known_from,
        known_until,
    from intervals
)

select * from final
