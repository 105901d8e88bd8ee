with steps as (
    select * from {{ ref('journey_steps') }}
),

final as (
    select
        journey_step,
        step_order,
        journey_phase,
        phase_order,
        phase_before_purchase,
        phase_after_leaving,
        label_en,
        label_de,
        phase_label_en,
        phase_label_de,
    from steps
)

select * from final
