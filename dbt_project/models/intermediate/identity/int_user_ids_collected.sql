with offered as (
    {{ union_of('user_ids') }}
),

final as (
    select distinct user_id from offered
)

select * from final
