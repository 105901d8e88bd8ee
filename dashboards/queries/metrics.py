"""The metrics catalogue and the monthly key figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from dashboards import warehouse
from explore import metrics as explore_metrics
from explore.metrics import Answer, Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

FIELDS = ("metric", "formula", "unit", "direction", "target", "source_model", "additivity")


@dataclass(frozen=True)
class Metric:
    """One line of the catalogue; ``words`` has ``label_<language>`` and ``definition_<language>``."""

    metric: str
    words: dict[str, str]
    formula: str
    unit: str
    direction: str
    target: float | None
    source_model: str
    additivity: str

    @property
    def adds_up(self) -> bool:
        """Return whether months have one figure together."""
        return self.additivity in explore_metrics.ADDS_UP | explore_metrics.LAST


@warehouse.cached
def catalogue(path: str) -> dict[str, Metric]:
    """Return the catalogue by metric."""
    found = warehouse.rows(
        path,
        """
        select
            metric, formula, unit, direction, try_cast(target as double) as target,
            source_model, additivity, columns('^(label|definition)_')
        from catalogue.metrics
        """,
    )
    return {
        row["metric"]: Metric(**{name: row.pop(name) for name in FIELDS}, words=row)
        for row in found
    }


@warehouse.cached
def dimensions(path: str, metric: str) -> list[str]:
    """Return by what a metric can be asked."""
    return explore_metrics.dimensions(partial(warehouse.rows, path), metric)


@warehouse.cached
def by_slice(
    path: str, metric: str, by: tuple[str, ...], first: date, last: date, *, whole_period: bool
) -> list[Answer]:
    """Return a metric by month and slice, oldest first, or for the whole period."""
    asked = explore_metrics.ask(
        partial(warehouse.rows, path),
        metric,
        by=by,
        first=first,
        last=last,
        whole_period=whole_period,
    )
    return asked.answers


@warehouse.cached
def has_rows(path: str, names: tuple[str, ...]) -> bool:
    """Return whether any of the metrics has a figure."""
    found = warehouse.rows(
        path,
        "select metric from metrics.mtr_monthly where metric in $names limit 1",
        {"names": list(names)},
    )
    return bool(found)


def ripe_together(path: str, metric: str, first: date, last: date) -> Figure | None:
    """Return one figure over the months that can be judged, or over all where none can."""
    months = [
        answer.figure for answer in by_slice(path, metric, (), first, last, whole_period=False)
    ]
    as_of = warehouse.rows(path, "select as_of from catalogue.about")[0]["as_of"]
    ripe = [figure.period_start for figure in months if figure.is_ripe(as_of)]
    whole = by_slice(path, metric, (), first, max(ripe, default=last), whole_period=True)
    return whole[0].figure if whole else None


@warehouse.cached
def by_channel_and_step(path: str) -> list[str]:
    """Return the metrics that have a figure for each channel and step."""
    found = warehouse.rows(
        path,
        """
        select metric
        from metrics.mtr_monthly
        where channel != 'all' and journey_step != 'all'
        group by metric
        having count(distinct journey_step) > 1
        """,
    )
    return [row["metric"] for row in found]


@warehouse.cached
def personas(path: str, metric: str) -> list[str]:
    """Return the personas that a metric has figures of."""
    found = warehouse.rows(
        path,
        """
        select distinct persona
        from metrics.mtr_monthly
        where metric = $metric and persona != 'all'
        order by persona
        """,
        {"metric": metric},
    )
    return [row["persona"] for row in found]


@warehouse.cached
def cells(
    path: str, metric: str, persona: str, first: date, last: date, *, together: bool
) -> dict[tuple[str, str], Figure]:
    """Return a metric by channel and step, with its totals under ``all``.

    Args:
        path: The published file.
        metric: One of ``by_channel_and_step``.
        persona: A persona, or ``all``.
        first: First month.
        last: Last month.
        together: Whether the months are added up; else there is one month alone.
    """

    def asked(by: Sequence[str]) -> list[Answer]:
        return explore_metrics.ask(
            partial(warehouse.rows, path),
            metric,
            by=by,
            only={} if persona == "all" else {"persona": persona},
            first=first,
            last=last,
            whole_period=together,
        ).answers

    return {
        (slice_.get("channel", "all"), slice_.get("journey_step", "all")): figure
        for by in (("channel", "journey_step"), ("channel",), ("journey_step",), ())
        for slice_, figure in asked(by)
    }


@warehouse.cached
def months(path: str) -> list[date]:
    """Return every month with figures, newest first."""
    found = warehouse.rows(
        path,
        """
        select distinct period_start
        from metrics.mtr_monthly
        where
            grain = 'month' and period_start < (select as_of from catalogue.about)
            -- a cohort's month is the one it began in, which may have no figures of its own
            and metric not like 'retention_month_%'
        order by period_start desc
        """,
    )
    return [row["period_start"] for row in found]


def is_complete(month: date, as_of: date) -> bool:
    """Return whether a month was over when the data was taken."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1) <= as_of


@warehouse.cached
def figures(path: str, first: date, last: date) -> dict[str, list[Figure]]:
    """Return every metric of the whole company by month, oldest first."""
    found = warehouse.rows(
        path,
        """
        with whole_company as (
            select
                *,
                -- where every row has the same step or phase, it is no breakdown
                count(distinct journey_step) over (partition by metric) > 1 as has_steps,
                count(distinct journey_phase) over (partition by metric) > 1 as has_phases
            from metrics.mtr_monthly
            where grain = 'month' and channel = 'all' and persona = 'all'
        )
        select
            metric, period_start, numerator, denominator, sum_of_squares, sample_size,
            population_size, ripe_from
        from whole_company
        where
            (journey_step = 'all' or not has_steps)
            and (journey_phase = 'all' or not has_phases)
            and period_start between $first and $last
        order by metric, period_start
        """,
        {"first": first, "last": last},
    )
    grouped: dict[str, list[Figure]] = {}
    for row in found:
        grouped.setdefault(row["metric"], []).append(Figure(**row))
    return grouped


@warehouse.cached
def by_channel(path: str, metric: str, first: date, last: date) -> list[dict[str, Any]]:
    """Return a journey metric by month and channel, with the channel's names."""
    return warehouse.rows(
        path,
        r"""
        select
            journey.period_start, journey.channel,
            coalesce(columns('^label_.*$'), channels.label_en, journey.channel) as '\0',
            sum(journey.numerator) as numerator
        from metrics.mtr_monthly as journey
        left join marts.dim_channels as channels
            on journey.channel = channels.channel
        where
            journey.metric = $metric and journey.grain = 'month'
            and journey.channel != 'all' and journey.journey_step = 'all'
            and journey.journey_phase = 'all' and journey.persona = 'all'
            and journey.period_start between $first and $last
        group by all
        order by journey.period_start, numerator desc
        """,
        {"metric": metric, "first": first, "last": last},
    )


@warehouse.cached
def currency(path: str) -> str | None:
    """Return the currency of the revenue figures; None where there are several or none."""
    found = warehouse.rows(
        path,
        "select distinct currency_code from marts.fct_mrr_monthly where currency_code is not null",
    )
    return found[0]["currency_code"] if len(found) == 1 else None


class Unripe(NamedTuple):
    """The months of a period that cannot be judged yet: all from the first on."""

    first_month: date
    ripe_from: date  # from when the last of them can be judged
    follows_ripe: bool  # there are figures of months before that can


@warehouse.cached
def unripe(path: str, metric: str, first: date, last: date) -> Unripe | None:
    """Return which months of a period cannot be judged yet, or None if all can."""
    found = warehouse.rows(
        path,
        """
        select
            min(period_start) filter (is_unripe) as first_month,
            max(ripe_from) filter (is_unripe) as ripe_from,
            bool_or(not is_unripe) as follows_ripe
        from (
            select
                *,
                coalesce(ripe_from > (select as_of from catalogue.about), false) as is_unripe
            from metrics.mtr_monthly
            where metric = $metric and period_start between $first and $last
        )
        """,
        {"metric": metric, "first": first, "last": last},
    )[0]
    return Unripe(**found) if found["first_month"] else None


@warehouse.cached
def warnings(path: str) -> set[tuple[str, date]]:
    """Return the metrics, each with its month, that a warning touches."""
    if not warehouse.has_table(path, "marts", "fct_metric_warnings"):
        return set()
    found = warehouse.rows(
        path, "select distinct metric, period_start from marts.fct_metric_warnings"
    )
    return {(row["metric"], row["period_start"]) for row in found}
