with final as (
    select user_id from {{ ref('stg_mixpanel__events') }}
    where user_id is not null
    union
    select user_id from {{ ref('stg_ga4__events') }}
    where user_id is not null
)

select * from final
