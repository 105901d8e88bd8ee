with labels as (
    select * from {{ ref('fct_identity_labels') }}
),

final as (
    select
        kind,
        source,
        is_repeated,
        map_as_of,
        count(*) filter (where verdict = 'confirmed') as confirmed_count,
        count(*) filter (where verdict = 'contradicted') as contradicted_count,
        count(*) filter (where verdict = 'missed') as missed_count,
        count(*) filter (where verdict = 'not_known_before')
            as not_known_before_count,
    from labels
    group by all
)

select * from final
