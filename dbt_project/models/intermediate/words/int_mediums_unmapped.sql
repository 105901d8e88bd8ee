-- Campaign mediums (utm_medium) that no rule knows, with how often each was used. The
-- source or the link's click id decides meanwhile, so that one medium may count as
-- several channels: what most of its uses count as is told.
with origins as (
    select
        origin_id,
        utm_medium,
        acquisition_channel,
    from {{ ref('int_origins_classified') }}
    where has_unknown_medium
),

used as (
    {{ union_of('origins') }}
),

counted as (
    select
        used.source,
        origins.utm_medium,
        origins.acquisition_channel,
        count(*) as row_count,
        min(used.occurred_at) as first_seen_at,
        max(used.occurred_at) as last_seen_at,
    from used
    inner join origins
        on used.origin_id = origins.origin_id
    where used.occurred_at < {{ as_of() }}
    group by all
),

final as (
    select
        source || '|' || utm_medium as medium_key,
        source,
        utm_medium,
        cast(sum(row_count) as bigint) as row_count,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        arg_max(acquisition_channel, (row_count, acquisition_channel))
            as acquisition_channel,
    from counted
    group by source, utm_medium
)

select * from final
