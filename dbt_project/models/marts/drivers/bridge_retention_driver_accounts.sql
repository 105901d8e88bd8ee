with found as (
    select * from {{ ref('int_retention_drivers') }}
),

final as (
    select
        segment_kind
        || '|' || segment
        || '|' || feature
        || '|' || coalesce(feature_level, '') as retention_driver_id,
        unnest(reach_account_ids) as account_id,
    from found
    where segment_kind = 'all'
)

select * from final
