with checks as (
    select * from {{ ref('int_lifetime_checks') }}
),

final as (
    select
        subject_kind || '|' || bucket as lifetime_check_id,
        subject_kind,
        bucket,
        cast({{ var('lifetime_held_out_months') }} as bigint) as held_out_months,
        subject_count,
        expected_count,
        actual_count,
    from checks
)

select * from final
