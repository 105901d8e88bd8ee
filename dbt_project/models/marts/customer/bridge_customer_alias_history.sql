{# What was known when cannot be computed anew: no full refresh may drop it. #}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='interval_id',
    full_refresh=false,
    on_schema_change='append_new_columns',
) }}

with aliases as (
    select * from {{ ref('bridge_customer_aliases') }}
),

{% if is_incremental() %}

past as (
    select * from {{ this }}
    where known_until is null
),

-- what was known and is so no longer
ended as (
    select
        past.interval_id,
        past.alias_id,
        past.customer_id,
        past.known_from,
        {{ run_moment() }} as known_until,
    from past
    left join aliases
        on past.alias_id = aliases.alias_id
        and past.customer_id = aliases.customer_id
    where aliases.alias_id is null
),

fresh as (
    select aliases.*
    from aliases
    left join past
        on aliases.alias_id = past.alias_id
        and aliases.customer_id = past.customer_id
    where past.alias_id is null
),

{% else %}

ended as (
    select
        cast(null as varchar) as interval_id,
        cast(null as varchar) as alias_id,
        cast(null as varchar) as customer_id,
        cast(null as timestamptz) as known_from,
        cast(null as timestamptz) as known_until,
    where false
),

fresh as (
    select * from aliases
),

{% endif %}

begun as (
    select
        md5(concat_ws('|', alias_id, customer_id, {{ run_moment() }})) as interval_id,
        alias_id,
        customer_id,
        {{ run_moment() }} as known_from,
        cast(null as timestamptz) as known_until,
    from fresh
),

final as (
    select * from ended
    union all
    select * from begun
)

select * from final
