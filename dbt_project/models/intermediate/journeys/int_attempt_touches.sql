-- What people do in a checkout or a form, and what it means there.
with touchpoints as (
    select * from {{ ref('int_touchpoints_phased') }}
    where customer_id is not null and direction is distinct from 'outbound'
),

persons as (
    select * from {{ ref('int_customers_described') }}
    where not is_internal
),

kinds as (
    select * from {{ ref('attempt_kinds') }}
),

roles as (
    select * from {{ ref('attempt_touchpoints') }}
),

final as (
    select
        touchpoints.customer_id || '|' || roles.attempt_kind as attempt_of,
        touchpoints.touchpoint_id,
        touchpoints.customer_id,
        touchpoints.account_id,
        roles.attempt_kind,
        roles.role,
        touchpoints.source,
        touchpoints.touchpoint,
        touchpoints.channel,
        touchpoints.occurred_at,
        kinds.window_hours * 3600 as window_seconds,
    from touchpoints
    inner join persons
        on touchpoints.customer_id = persons.customer_id
    inner join roles
        on touchpoints.touchpoint = roles.touchpoint
        and roles.source in ('*', touchpoints.source)
    inner join kinds
        on roles.attempt_kind = kinds.attempt_kind
)

select * from final
