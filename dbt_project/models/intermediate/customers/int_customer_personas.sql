-- What the title says counts before what was done; of each the seeds' order decides.
with persons as (
    select * from {{ ref('int_customers_described') }}
),

personas as (
    select * from {{ ref('personas') }}
),

rules as (
    select * from {{ ref('persona_rules') }}
),

touchpoints as (
    select * from {{ ref('int_touchpoints_phased') }}
    where customer_id is not null
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

accounts as (
    select * from {{ ref('int_accounts_described') }}
),

titled as (
    select
        persons.customer_id,
        personas.persona,
    from persons
    inner join personas
        on regexp_matches(lower(persons.job_title), personas.pattern)
    qualify row_number() over (
        partition by persons.customer_id order by personas.priority
    ) = 1
),

numbered as (
    select
        customer_id,
        touchpoint,
        touchpoint_id,
        row_number() over (
            partition by customer_id, touchpoint
            order by occurred_at, touchpoint_id
        ) as touch_number,
    from touchpoints
    where touchpoint in (select rules.touchpoint from rules)
),

used as (
    select
        numbered.customer_id,
        rules.persona,
        numbered.touchpoint_id,
    from numbered
    inner join rules
        on numbered.touchpoint = rules.touchpoint
        and numbered.touch_number = rules.at_least
    left join customer_accounts
        on numbered.customer_id = customer_accounts.customer_id
    left join accounts
        on customer_accounts.account_id = accounts.account_id
    where
        rules.most_employees is null
        or accounts.employee_count <= rules.most_employees
    qualify row_number() over (
        partition by numbered.customer_id order by rules.rule_order
    ) = 1
),

final as (
    select
        persons.customer_id,
        coalesce(titled.persona, used.persona) as persona,
        case when titled.persona is null then 'use' else 'title' end
            as persona_basis,
        case when titled.persona is null then used.touchpoint_id end
            as touchpoint_id,
    from persons
    left join titled
        on persons.customer_id = titled.customer_id
    left join used
        on persons.customer_id = used.customer_id
    where coalesce(titled.persona, used.persona) is not null
)

select * from final
