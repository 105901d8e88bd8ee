-- A login on the website ties the cookie to the user. Who did not consent is nobody.
with events as (
    select * from {{ ref('stg_ga4__events') }}
    where
        coalesce(has_consent, true)
        and not is_debug
        and occurred_at < {{ as_of() }}
),

final as (
    select
        'cookie_id' as left_type,
        'ga4' as left_namespace,
        user_pseudo_id as left_value,
        'user_id' as right_type,
        '{{ var("product_namespace") }}' as right_namespace,
        user_id as right_value,
        'login' as kind,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
        count(*) as evidence_count,
    from events
    where user_pseudo_id is not null and user_id is not null
    group by all
)

select * from final
