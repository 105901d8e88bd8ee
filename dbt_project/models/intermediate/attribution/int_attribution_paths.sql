-- Contacts of one channel one after the other are one; it is dated to the last of them.
{% set subjects = {
    'sign_up': 'customer_id',
    'first_order': 'customer_id',
    'first_payment': 'coalesce(account_id, customer_id)',
} %}

with exposures as (
    select * from {{ ref('int_attribution_exposures') }}
),

conversions as (
    select * from {{ ref('int_conversions_found') }}
),

exposures_of_subjects as (
    {% for kind, subject in subjects.items() %}
    select
        '{{ kind }}' as conversion_kind,
        {{ subject }} as subject_id,
        session_id,
        started_at,
        acquisition_channel,
    from exposures
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

-- what came after the conversion had no part in it; who never converts shows what the
-- channels do not bring about
dated as (
    select
        exposures.*,
        conversions.conversion_id,
        conversions.converted_at,
    from exposures_of_subjects as exposures
    left join conversions
        on exposures.conversion_kind = conversions.conversion_kind
        and exposures.subject_id = conversions.subject_id
    where
        conversions.conversion_id is null
        or (
            conversions.is_attributed
            and exposures.started_at <= conversions.converted_at
        )
),

compared as (
    select
        *,
        lag(acquisition_channel) over path as previous_channel,
    from dated
    window path as (
        partition by conversion_kind, subject_id order by started_at, session_id
    )
),

numbered as (
    select
        *,
        count(*) filter (
            where acquisition_channel is distinct from previous_channel
        ) over (
            partition by conversion_kind, subject_id
            order by started_at, session_id
            rows between unbounded preceding and current row
        ) as run_number,
    from compared
),

runs as (
    select
        conversion_kind,
        subject_id,
        conversion_id,
        converted_at,
        acquisition_channel,
        run_number,
        max(started_at) as exposed_at,
    from numbered
    group by all
),

placed as (
    select
        *,
        max(exposed_at) over (
            partition by conversion_kind, subject_id
        ) as last_exposed_at,
    from runs
),

windows as (
    {{ attribution_windows() }}
),

final as (
    select
        windows.window_days,
        placed.conversion_kind,
        placed.subject_id,
        placed.conversion_id,
        placed.acquisition_channel as channel,
        placed.exposed_at,
        placed.last_exposed_at,
        row_number() over (
            partition by
                windows.window_days, placed.conversion_kind, placed.subject_id
            order by placed.run_number
        ) as position,
        count(*) over (
            partition by
                windows.window_days, placed.conversion_kind, placed.subject_id
        ) as path_length,
    from placed
    inner join windows
        on coalesce(placed.converted_at, placed.last_exposed_at)
        - to_days(windows.window_days) <= placed.exposed_at
)

select * from final
