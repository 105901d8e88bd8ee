-- Who did not consent is nobody.
with events as (
    select * from {{ ref('int_ga4__events') }}
    where coalesce(has_consent, true) and not is_debug
),

final as (
    select
        'ga4' as source,
        event_id as source_record_id,
        'cookie_id' as device_type,
        'ga4' as device_namespace,
        user_pseudo_id as device_value,
        'user_id' as identifier_type,
        '{{ var("product_namespace") }}' as identifier_namespace,
        user_id as identifier_value,
        occurred_at,
    from events
    where user_pseudo_id is not null and user_id is not null
)

select * from final
