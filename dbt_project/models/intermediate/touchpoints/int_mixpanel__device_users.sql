with events as (
    select * from {{ ref('int_mixpanel__events') }}
),

final as (
    select
        'mixpanel' as source,
        event_id as source_record_id,
        'device_id' as device_type,
        'mixpanel' as device_namespace,
        device_id as device_value,
        case when user_id is not null then 'user_id' else 'email' end
            as identifier_type,
        case when user_id is not null then 'mixpanel' else 'global' end
            as identifier_namespace,
        coalesce(user_id, email) as identifier_value,
        occurred_at,
    from events
    where device_id is not null and coalesce(user_id, email) is not null
)

select * from final
