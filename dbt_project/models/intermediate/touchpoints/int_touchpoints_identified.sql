with touchpoints as (
    select * from {{ ref('int_touchpoints_unioned') }}
),

customer_identifiers as (
    select * from {{ ref('int_customer_identifiers') }}
),

account_identifiers as (
    select * from {{ ref('int_account_identifiers') }}
),

shared_device_records as (
    select * from {{ ref('int_shared_device_records') }}
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

catalogue as (
    select * from {{ ref('touchpoints') }}
),

steps as (
    select * from {{ ref('journey_steps') }}
),

identified as (
    select
        touchpoints.touchpoint_id,
        coalesce(
            shared_device_records.customer_id, customer_identifiers.customer_id
        ) as customer_id,
        coalesce(
            customer_accounts.account_id, account_identifiers.account_id
        ) as account_id,
        touchpoints.source,
        touchpoints.source_record_id,
        touchpoints.occurred_at,
        touchpoints.identifier_type,
        touchpoints.identifier_namespace,
        touchpoints.identifier_value,
        coalesce(
            catalogue.channel, any_source.channel, touchpoints.channel
        ) as channel,
        touchpoints.touchpoint,
        touchpoints.direction,
        -- what nobody has mapped yet was done by whoever did it
        coalesce(catalogue.is_interaction, any_source.is_interaction, true)
            as is_interaction,
        coalesce(
            catalogue.initiated_by,
            any_source.initiated_by,
            case
                when touchpoints.direction = 'outbound' then 'company' else 'customer'
            end
        ) as initiated_by,
        coalesce(catalogue.is_friction, any_source.is_friction, false) as is_friction,
        touchpoints.session_hint,
        touchpoints.campaign,
        touchpoints.content,
        touchpoints.value_amount,
        touchpoints.currency_code,
        touchpoints.properties,
        touchpoints.load_id,
        steps.journey_step,
        steps.journey_phase,
        steps.phase_order,
    from touchpoints
    left join customer_identifiers
        on touchpoints.identifier_type = customer_identifiers.identifier_type
        and touchpoints.identifier_namespace
        = customer_identifiers.identifier_namespace
        and touchpoints.identifier_value = customer_identifiers.identifier_value
    left join shared_device_records
        on touchpoints.source = shared_device_records.source
        and touchpoints.source_record_id = shared_device_records.source_record_id
    left join account_identifiers
        on touchpoints.identifier_type = account_identifiers.identifier_type
        and touchpoints.identifier_namespace
        = account_identifiers.identifier_namespace
        and touchpoints.identifier_value = account_identifiers.identifier_value
    left join customer_accounts
        on coalesce(shared_device_records.customer_id, customer_identifiers.customer_id)
        = customer_accounts.customer_id
    left join catalogue
        on touchpoints.source = catalogue.source
        and touchpoints.touchpoint = catalogue.touchpoint
    -- a source of '*' maps a touchpoint for every source without its own line
    left join catalogue as any_source
        on any_source.source = '*'
        and touchpoints.touchpoint = any_source.touchpoint
    left join steps
        on coalesce(catalogue.journey_step, any_source.journey_step)
        = steps.journey_step
)

select * from identified
