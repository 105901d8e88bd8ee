-- A row of a file names one identifier, which nothing ties to another, except that a
-- telephone number as it was written is the one that it means.
with touchpoints as (
    select * from {{ ref('int_files__touchpoints') }}
    where identifier_type = 'phone' and occurred_at < {{ as_of() }}
),

phone_numbers as (
    select * from {{ ref('int_phone_numbers_normalised') }}
),

final as (
    select
        'phone' as left_type,
        touchpoints.identifier_namespace as left_namespace,
        touchpoints.identifier_value as left_value,
        'phone' as right_type,
        'global' as right_namespace,
        phone_numbers.phone as right_value,
        'alias' as kind,
        min(touchpoints.occurred_at) as first_seen_at,
        max(touchpoints.occurred_at) as last_seen_at,
        count(*) as evidence_count,
    from touchpoints
    inner join phone_numbers
        on touchpoints.identifier_value = phone_numbers.phone_text
    where touchpoints.identifier_value != phone_numbers.phone
    group by all
)

select * from final
