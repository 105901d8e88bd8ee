with catalogue as (
    select * from {{ ref('touchpoints') }}
),

observed as (
    select
        source,
        touchpoint,
        min(channel) as channel,
        count(*) as touchpoint_count,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
    from {{ ref('fct_touchpoints') }}
    group by all
),

-- what nobody has mapped yet shows here, without a step
all_touchpoints as (
    select
        source,
        touchpoint,
    from catalogue
    where source != '*'
    union
    select
        source,
        touchpoint,
    from observed
),

final as (
    select
        all_touchpoints.source || ':' || all_touchpoints.touchpoint
            as touchpoint_key,
        all_touchpoints.source,
        all_touchpoints.touchpoint,
        coalesce(
            catalogue.channel, any_source.channel, observed.channel
        ) as channel,
        steps.journey_step,
        steps.journey_phase,
        coalesce(catalogue.is_interaction, any_source.is_interaction, true)
            as is_interaction,
        coalesce(catalogue.is_friction, any_source.is_friction, false) as is_friction,
        coalesce(catalogue.why_none, any_source.why_none) as why_none,
        coalesce(
            catalogue.label_en,
            any_source.label_en,
            names.event_name,
            all_touchpoints.touchpoint
        ) as label_en,
        coalesce(
            catalogue.label_de,
            any_source.label_de,
            names.event_name,
            all_touchpoints.touchpoint
        ) as label_de,
        catalogue.touchpoint is not null
        or any_source.touchpoint is not null as is_mapped,
        coalesce(observed.touchpoint_count, 0) as touchpoint_count,
        observed.first_seen_at,
        observed.last_seen_at,
    from all_touchpoints
    left join catalogue
        on all_touchpoints.source = catalogue.source
        and all_touchpoints.touchpoint = catalogue.touchpoint
    left join catalogue as any_source
        on any_source.source = '*'
        and all_touchpoints.touchpoint = any_source.touchpoint
    left join {{ ref('journey_steps') }} as steps
        on coalesce(catalogue.journey_step, any_source.journey_step)
        = steps.journey_step
    left join {{ ref('int_touchpoint_names') }} as names
        on all_touchpoints.source = names.source
        and all_touchpoints.touchpoint = names.touchpoint
    left join observed
        on all_touchpoints.source = observed.source
        and all_touchpoints.touchpoint = observed.touchpoint
)

select * from final
