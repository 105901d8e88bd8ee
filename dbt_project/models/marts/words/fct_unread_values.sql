with unread as (
    select * from {{ ref('int_values_unread') }}
),

final as (
    select
        unread_value_id,
        source,
        record,
        field,
        value_count,
        example,
    from unread
)

select * from final
