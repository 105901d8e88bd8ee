with paths as (
    select * from {{ ref('int_attribution_paths') }}
),

joined as (
    select
        window_days,
        conversion_kind,
        subject_id,
        conversion_id is not null as is_converted,
        string_agg(channel, ' > ' order by position) as path,
    from paths
    group by all
),

final as (
    select
        window_days,
        conversion_kind,
        path,
        count(*) filter (where is_converted) as converted_count,
        count(*) filter (where not is_converted) as lost_count,
    from joined
    group by all
)

select * from final
