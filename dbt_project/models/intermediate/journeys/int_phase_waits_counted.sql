-- How long people stayed in a phase before a later one, of all and by what is known of
-- them when they enter it. Who has not got there waited at least until today, or until
-- their account left.
with entries as (
    select
        *,
        lead(entered_at) over (
            partition by customer_id, times_left
            order by phase_order
        ) as moved_at,
    from {{ ref('int_phase_entries_found') }}
),

persons as (
    select * from {{ ref('int_customers_described') }}
    where not is_internal
),

personas as (
    select * from {{ ref('int_customer_personas') }}
),

acquired as (
    select
        customer_id,
        acquisition_channel,
    from {{ ref('int_customers_summed') }}
),

waits as (
    select
        entries.journey_phase,
        entries.channel,
        personas.persona,
        acquired.acquisition_channel,
        {{ seconds_between(
            'entries.entered_at',
            'coalesce(entries.moved_at, least(entries.left_at, ' ~ as_of() ~ '))'
        ) }} // 86400 as days,
        entries.moved_at is not null as has_moved,
    from entries
    inner join persons
        on entries.customer_id = persons.customer_id
    left join personas
        on entries.customer_id = personas.customer_id
    left join acquired
        on entries.customer_id = acquired.customer_id
    -- nothing follows the last phase
    where
        entries.phase_order
        < (select max(steps.phase_order) from {{ ref('journey_steps') }} as steps)
),

segmented as (
    {% for kind, column in [
        ('all', "'all'"), ('persona', 'persona'), ('channel', 'channel'),
        ('acquisition_channel', 'acquisition_channel')
    ] %}
    {% if not loop.first %}
    union all
    {% endif %}
    select
        journey_phase,
        '{{ kind }}' as segment_kind,
        {{ column }} as segment,
        days,
        has_moved,
    from waits
    where days is not null and {{ column }} is not null
    {% endfor %}
),

final as (
    select
        journey_phase,
        segment_kind,
        segment,
        days,
        count(*) filter (where has_moved) as moved_count,
        count(*) filter (where not has_moved) as censored_count,
    from segmented
    group by all
)

select * from final
