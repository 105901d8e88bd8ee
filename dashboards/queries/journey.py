"""The way to the customer: phases, steps, and where journeys end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards import warehouse

if TYPE_CHECKING:
    from datetime import date


@warehouse.cached
def steps(path: str) -> list[dict[str, Any]]:
    """Return the journey steps in their order, with their phases and names."""
    return warehouse.rows(path, "from marts.dim_journey_steps order by step_order")


@warehouse.cached
def channels(path: str) -> dict[str, dict[str, Any]]:
    """Return the names of the channels."""
    found = warehouse.rows(
        path, "select channel, columns('^label_') from marts.dim_channels order by channel_order"
    )
    return {row["channel"]: row for row in found}


@warehouse.cached
def phases(path: str, first: date, last: date, channel: str) -> list[dict[str, Any]]:
    """Return for each phase who entered it in the period, and who went on to the next one.

    Args:
        path: The published file.
        first: First month.
        last: Last month.
        channel: Of the touchpoint by which a person entered the phase; ``all`` for every one.
    """
    return warehouse.rows(
        path,
        """
        with phases as (
            select distinct journey_phase, phase_order, columns('^phase_label_')
            from marts.dim_journey_steps
        ),

        moved as (
            select
                journey_phase,
                sum(denominator) as entered,
                sum(numerator) as moved_on
            from metrics.mtr_journey_monthly
            where
                metric = 'phase_conversion_rate' and grain = 'month' and persona = 'all'
                and channel = $channel and period_start between $first and $last
            group by all
        ),

        -- nobody goes on from the last phase, so that the rates do not count who entered it
        last_phase as (
            select entries.journey_phase, count(*) as entered, null as moved_on
            from marts.fct_phase_entries as entries
            inner join marts.dim_customers as customers
                on entries.customer_id = customers.customer_id
            where
                not customers.is_internal
                and entries.phase_order = (select max(phase_order) from phases)
                and ($channel = 'all' or entries.channel = $channel)
                and cast(
                    date_trunc('month', timezone($zone, entries.entered_at)) as date
                ) between $first and $last
            group by all
        )

        select
            phases.*,
            cast(coalesce(moved.entered, last_phase.entered, 0) as bigint) as entered,
            cast(moved.moved_on as bigint) as moved_on
        from phases
        left join moved
            on phases.journey_phase = moved.journey_phase
        left join last_phase
            on phases.journey_phase = last_phase.journey_phase
        order by phases.phase_order
        """,
        {"first": first, "last": last, "channel": channel, "zone": _zone(path)},
    )


@warehouse.cached
def phases_by_channel(path: str, first: date, last: date) -> list[dict[str, Any]]:
    """Return how many went on to the next phase, by phase and channel of entry."""
    return warehouse.rows(
        path,
        """
        select
            journey_phase, channel,
            cast(sum(numerator) as bigint) as moved_on,
            cast(sum(denominator) as bigint) as entered
        from metrics.mtr_journey_monthly
        where
            metric = 'phase_conversion_rate' and grain = 'month' and persona = 'all'
            and channel != 'all' and period_start between $first and $last
        group by all
        order by journey_phase, entered desc
        """,
        {"first": first, "last": last},
    )


@warehouse.cached
def acquisition_by_channel(path: str, first: date, last: date) -> list[dict[str, Any]]:
    """Return how many acquisition journeys were won, by the channel that brought the person."""
    return warehouse.rows(
        path,
        """
        select
            channel,
            cast(sum(numerator) as bigint) as converted,
            cast(sum(denominator) as bigint) as begun
        from metrics.mtr_journey_monthly
        where
            metric = 'acquisition_conversion_rate' and grain = 'month' and persona = 'all'
            and period_start between $first and $last
        group by all
        order by begun desc
        """,
        {"first": first, "last": last},
    )


# journeys of our own people and of bots tell nothing
_JOURNEYS = """
    select journeys.*
    from marts.fct_journeys as journeys
    inner join marts.dim_customers as customers
        on journeys.customer_id = customers.customer_id
    where
        not customers.is_internal and journeys.journey_type = $journey_type
        and ($channel = 'all' or journeys.first_channel = $channel)
        and cast(date_trunc('month', timezone($zone, journeys.started_at)) as date)
        between $first and $last
"""


@warehouse.cached
def outcomes(
    path: str, journey_type: str, first: date, last: date, channel: str
) -> list[dict[str, Any]]:
    """Return how journeys begun in the period ended, and how long they took."""
    return warehouse.rows(
        path,
        f"""
        with journeys as ({_JOURNEYS})
        select
            outcome,
            count(*) as journey_count,
            median(duration_seconds) as median_seconds,
            median(touchpoint_count) as median_touchpoints
        from journeys
        group by all
        order by journey_count desc
        """,  # noqa: S608 - the inserted text is a constant of this module
        _parameters(path, journey_type, first, last, channel),
    )


@warehouse.cached
def flows(
    path: str, journey_type: str, first: date, last: date, channel: str, depth: int
) -> list[dict[str, Any]]:
    """Return how many journeys went from their n-th step to the next, or to their end.

    Each journey is drawn up to ``depth`` steps and from there straight to its outcome, so that as
    many leave a step as entered it.
    """
    return warehouse.rows(
        path,
        f"""
        with journeys as ({_JOURNEYS}),

        moves as (
            select
                moves.journey_id,
                moves.step_index,
                moves.from_step,
                case
                    when moves.step_index = $depth then journeys.outcome
                    else lead(moves.from_step) over (
                        partition by moves.journey_id order by moves.step_index
                    )
                end as next_step,
                journeys.outcome
            from marts.fct_journey_transitions as moves
            inner join journeys
                on moves.journey_id = journeys.journey_id
            where moves.step_index <= $depth
        )

        select
            step_index,
            from_step,
            coalesce(next_step, outcome) as to_step,
            next_step is null or step_index = $depth as is_end,
            count(*) as journey_count
        from moves
        group by all
        order by step_index, journey_count desc
        """,  # noqa: S608 - the inserted text is a constant of this module
        {**_parameters(path, journey_type, first, last, channel), "depth": depth},
    )


@warehouse.cached
def drop_offs(
    path: str, journey_type: str, first: date, last: date, channel: str
) -> list[dict[str, Any]]:
    """Return for each step how many journeys reached it, and how many were given up there."""
    return warehouse.rows(
        path,
        f"""
        with journeys as ({_JOURNEYS})
        select
            moves.from_step as journey_step,
            count(distinct moves.journey_id) as reached,
            count(distinct moves.journey_id) filter (
                where moves.to_step = 'dropped_off'
            ) as dropped
        from marts.fct_journey_transitions as moves
        inner join journeys
            on moves.journey_id = journeys.journey_id
        group by all
        """,  # noqa: S608 - the inserted text is a constant of this module
        _parameters(path, journey_type, first, last, channel),
    )


def _parameters(
    path: str, journey_type: str, first: date, last: date, channel: str
) -> dict[str, Any]:
    return {
        "journey_type": journey_type,
        "first": first,
        "last": last,
        "channel": channel,
        "zone": _zone(path),
    }


@warehouse.cached
def _zone(path: str) -> str:
    return str(
        warehouse.rows(path, "select business_time_zone from catalogue.about")[0][
            "business_time_zone"
        ]
    )
