with found as (
    select * from {{ ref('int_retention_drivers') }}
),

final as (
    select
        segment_kind
        || '|' || segment
        || '|' || feature
        || '|' || coalesce(feature_level, '') as retention_driver_id,
        * exclude (reach_account_ids),
        cast({{ var('driver_horizon_days') }} as integer) as horizon_days,
        cast({{ var('driver_window_days') }} as integer) as window_days,
        '1' as method_version,
    from found
)

select * from final
