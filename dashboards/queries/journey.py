"""How people become customers: phases, steps, and where journeys end."""

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

        entered as (
            select journey_phase, sum(entry_count) as entered
            from metrics.mtr_phase_entries_monthly
            where
                ($channel = 'all' or channel = $channel)
                and period_start between $first and $last
            group by all
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
        )

        select
            phases.*,
            -- a share has both its parts from one place; the last phase has no share
            cast(coalesce(moved.entered, entered.entered, 0) as bigint) as entered,
            cast(moved.moved_on as bigint) as moved_on
        from phases
        left join entered
            on phases.journey_phase = entered.journey_phase
        left join moved
            on phases.journey_phase = moved.journey_phase
        order by phases.phase_order
        """,
        {"first": first, "last": last, "channel": channel},
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


_CHOSEN = """
    journey_type = $journey_type and ($channel = 'all' or channel = $channel)
    and period_start between $first and $last
"""


@warehouse.cached
def outcomes(
    path: str, journey_type: str, first: date, last: date, channel: str
) -> list[dict[str, Any]]:
    """Return how journeys begun in the period ended, and how long they took."""
    return warehouse.rows(
        path,
        f"""
        select
            outcome,
            cast(sum(journey_count) as bigint) as journey_count,
            -- each duration as often as journeys took it
            list_median(
                flatten(list(list_resize([duration_seconds], journey_count, duration_seconds)))
            ) as median_seconds
        from metrics.mtr_journey_outcomes_monthly
        where {_CHOSEN}
        group by all
        order by journey_count desc, outcome
        """,  # noqa: S608 - the inserted text is a constant of this module
        _parameters(journey_type, first, last, channel),
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
        select
            step_index,
            journey_step as from_step,
            if(step_index = $depth, outcome, coalesce(next_step, outcome)) as to_step,
            next_step is null or step_index = $depth as is_end,
            cast(sum(journey_count) as bigint) as journey_count
        from metrics.mtr_journey_flows_monthly
        where {_CHOSEN} and step_index <= $depth
        group by all
        order by step_index, journey_count desc, from_step, to_step
        """,  # noqa: S608 - the inserted text is a constant of this module
        {**_parameters(journey_type, first, last, channel), "depth": depth},
    )


@warehouse.cached
def drop_offs(
    path: str, journey_type: str, first: date, last: date, channel: str
) -> list[dict[str, Any]]:
    """Return for each step how many journeys reached it, and how many were given up there."""
    return warehouse.rows(
        path,
        f"""
        select
            journey_step,
            cast(sum(reached_count) as bigint) as reached,
            cast(sum(dropped_count) as bigint) as dropped
        from metrics.mtr_journey_drop_offs_monthly
        where {_CHOSEN}
        group by all
        """,  # noqa: S608 - the inserted text is a constant of this module
        _parameters(journey_type, first, last, channel),
    )


def _parameters(journey_type: str, first: date, last: date, channel: str) -> dict[str, Any]:
    return {"journey_type": journey_type, "first": first, "last": last, "channel": channel}
