-- What an unknown visitor did on a device of several people, where the visit is to
-- tell whose it is: the one's who was last known in the same visit before it, or else
-- who first was after it. A visit in which nobody was known is nobody's. What became
-- of a booking later is no visit: a record goes by its first moment.
with clusters as (
    select * from {{ ref('int_identity_clusters') }}
),

policies as (
    select * from {{ ref('shared_identifier_policies') }}
    where policy = 'session'
),

touchpoints as (
    select * from {{ ref('int_touchpoints_unioned') }}
),

device_users as (
    select * from {{ ref('int_device_users_unioned') }}
),

customer_identifiers as (
    select * from {{ ref('int_customer_identifiers') }}
),

devices as (
    select
        clusters.identifier_type,
        clusters.identifier_namespace,
        clusters.identifier_value,
    from clusters
    inner join policies
        on clusters.identifier_type = policies.identifier_type
        and clusters.identifier_namespace = policies.identifier_namespace
    where clusters.refusal_reason = 'shared_identifier'
),

recorded as (
    select
        touchpoints.identifier_type as device_type,
        touchpoints.identifier_namespace as device_namespace,
        touchpoints.identifier_value as device_value,
        touchpoints.source,
        touchpoints.source_record_id,
        min(touchpoints.occurred_at) as occurred_at,
        true as is_unknown,
        cast(null as varchar) as customer_id,
    from touchpoints
    inner join devices
        on touchpoints.identifier_type = devices.identifier_type
        and touchpoints.identifier_namespace = devices.identifier_namespace
        and touchpoints.identifier_value = devices.identifier_value
    group by all
),

named as (
    select
        device_users.device_type,
        device_users.device_namespace,
        device_users.device_value,
        device_users.source,
        device_users.source_record_id,
        device_users.occurred_at,
        false as is_unknown,
        customer_identifiers.customer_id,
    from device_users
    inner join devices
        on device_users.device_type = devices.identifier_type
        and device_users.device_namespace = devices.identifier_namespace
        and device_users.device_value = devices.identifier_value
    inner join customer_identifiers
        on device_users.identifier_type = customer_identifiers.identifier_type
        and device_users.identifier_namespace
        = customer_identifiers.identifier_namespace
        and device_users.identifier_value = customer_identifiers.identifier_value
),

moments as (
    select * from recorded
    union all
    select * from named
),

gapped as (
    select
        *,
        lag(occurred_at) over on_device as previous_at,
    from moments
    window on_device as (
        partition by device_type, device_namespace, device_value
        order by occurred_at, is_unknown, source_record_id
    )
),

numbered as (
    select
        *,
        sum(
            case
                when previous_at is null then 1
                when
                    occurred_at - previous_at
                    > interval {{ var('session_idle_minutes') }} minute
                    then 1
                else 0
            end
        ) over (
            partition by device_type, device_namespace, device_value
            order by occurred_at, is_unknown, source_record_id
            rows between unbounded preceding and current row
        ) as visit_number,
    from gapped
),

attributed as (
    select
        source,
        source_record_id,
        is_unknown,
        coalesce(
            last_value(customer_id ignore nulls) over (
                in_visit rows between unbounded preceding and current row
            ),
            first_value(customer_id ignore nulls) over (
                in_visit rows between current row and unbounded following
            )
        ) as customer_id,
    from numbered
    window in_visit as (
        partition by device_type, device_namespace, device_value, visit_number
        order by occurred_at, is_unknown, source_record_id
    )
),

final as (
    select
        source,
        source_record_id,
        customer_id,
    from attributed
    where is_unknown and customer_id is not null
)

select * from final
