-- A decision has no time in the account's life: the map is as if it had always been so.
with decisions as (
    select * from {{ ref('stg_kette__identity_decisions') }}
    where action = 'join'
),

account_types as (
    select * from {{ ref('identity_rules') }}
    where entity = 'account'
),

final as (
    select
        decisions.left_type,
        decisions.left_namespace,
        decisions.left_value,
        decisions.right_type,
        decisions.right_namespace,
        decisions.right_value,
        'manual' as kind,
        cast(null as timestamptz) as first_seen_at,
        cast(null as timestamptz) as last_seen_at,
    from decisions
    inner join account_types
        on decisions.left_type = account_types.identifier_type
)

select * from final
