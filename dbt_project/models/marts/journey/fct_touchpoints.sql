with touchpoints as (
    select * from {{ ref('int_touchpoints_phased') }}
),

final as (
    select
        touchpoint_id,
        customer_id,
        account_id,
        source,
        source_record_id,
        occurred_at,
        identifier_type,
        identifier_namespace,
        identifier_value,
        channel,
        touchpoint,
        direction,
        is_interaction,
        initiated_by,
        is_friction,
        session_hint,
        campaign,
        content,
        value_amount,
        currency_code,
        properties,
        journey_step,
        journey_phase,
        session_id,
        load_id,
    from touchpoints
)

select * from final
