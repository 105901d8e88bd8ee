with persons as (
    select * from {{ ref('int_customers_described') }}
),

personas as (
    select * from {{ ref('personas') }}
),

-- the first persona whose pattern the title matches
final as (
    select
        persons.customer_id,
        personas.persona,
    from persons
    inner join personas
        on regexp_matches(lower(persons.job_title), personas.pattern)
    qualify row_number() over (
        partition by persons.customer_id order by personas.priority
    ) = 1
)

select * from final
