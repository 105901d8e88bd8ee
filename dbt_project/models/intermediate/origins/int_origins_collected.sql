with unioned as (
    {{ union_of('origins') }}
),

final as (
    select
        origin_id,
        any_value(lower(utm_source)) as utm_source,
        any_value(lower(utm_medium)) as utm_medium,
        any_value(has_campaign) as has_campaign,
        any_value(referrer_host) as referrer_host,
        any_value(page_host) as page_host,
        any_value(click_names) as click_names,
        any_value(is_ad_click) as is_ad_click,
    from unioned
    group by origin_id
)

select * from final
