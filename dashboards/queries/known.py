"""Key figures as they were known: every published value, and what changed between publications."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dashboards import warehouse

if TYPE_CHECKING:
    from datetime import date

ALL = "all"


@dataclass
class Cause:
    """Rows behind a figure that changed in the same way, since a publication.

    ``row_count`` counts a row each time it changed; ``rows`` are some, as (key, before, after).
    """

    model: str
    month: date
    change: str
    columns: str
    row_count: int = 0
    measures: dict[str, float] = field(default_factory=dict)
    rows: list[tuple[str, dict[str, Any] | None, dict[str, Any] | None]] = field(
        default_factory=list
    )


@warehouse.cached
def is_kept(path: str) -> bool:
    """Return whether this publication knows what was published before it."""
    return bool(
        warehouse.rows(
            path,
            """
            select 1 as one
            from duckdb_tables()
            where schema_name = 'history' and table_name = 'figure_causes'
            """,
        )
    )


@warehouse.cached
def figures(path: str) -> list[tuple[str, str]]:
    """Return (metric, phase) of every figure: of phases only where there is no whole."""
    found = warehouse.rows(
        path,
        """
        select metric, journey_phase
        from history.figures_as_known
        group by metric, journey_phase
        qualify
            journey_phase = 'all'
            or not bool_or(journey_phase = 'all') over (partition by metric)
        order by metric, journey_phase
        """,
    )
    return [(row["metric"], row["journey_phase"]) for row in found]


@warehouse.cached
def changed(path: str) -> list[dict[str, Any]]:
    """Return the figures that are not what they were when their month was over, newest first."""
    found = warehouse.rows(
        path,
        """
        from history.closed_figures
        where value is distinct from value_at_close
        order by changed_at desc, period_start desc, metric
        """,
    )
    named = set(figures(path))
    return [row for row in found if (row["metric"], row["journey_phase"]) in named]


@warehouse.cached
def months(path: str, metric: str, phase: str) -> list[date]:
    """Return the months of a figure, newest first."""
    found = warehouse.rows(
        path,
        """
        select distinct period_start
        from history.figures_as_known
        where metric = $metric and journey_phase = $phase
        order by period_start desc
        """,
        {"metric": metric, "phase": phase},
    )
    return [row["period_start"] for row in found]


@warehouse.cached
def values(path: str, metric: str, phase: str, month: date) -> list[dict[str, Any]]:
    """Return all that was published about a figure, oldest first."""
    return warehouse.rows(
        path,
        """
        from history.figures_as_known
        where metric = $metric and journey_phase = $phase and period_start = $month
        order by known_from
        """,
        {"metric": metric, "phase": phase, "month": month},
    )


@warehouse.cached
def closing(path: str, month: date) -> dict[str, Any] | None:
    """Return the first publication after the month was over; None while it runs."""
    found = warehouse.rows(
        path,
        """
        select version, published_at, as_of
        from history.publications
        where $month + interval 1 month <= as_of
        order by version
        limit 1
        """,
        {"month": month},
    )
    return found[0] if found else None


@warehouse.cached
def causes(path: str, metric: str, month: date, version: str) -> list[Cause]:
    """Return which rows behind a figure changed after a publication, the most first."""
    found = warehouse.rows(
        path,
        """
        select model, rows_month, change, columns, row_count, measures, rows
        from history.figure_causes
        where metric = $metric and period_start = $month and version > $version
        order by version, change_id
        """,
        {"metric": metric, "month": month, "version": version},
    )
    grouped: dict[tuple[Any, ...], Cause] = {}
    for row in found:
        key = (row["model"], row["rows_month"], row["change"], row["columns"])
        cause = grouped.setdefault(key, Cause(*key))
        cause.row_count += row["row_count"]
        for name, value in json.loads(row["measures"]).items():
            cause.measures[name] = cause.measures.get(name, 0) + value
        cause.rows += [tuple(one) for one in json.loads(row["rows"])]
    return sorted(grouped.values(), key=lambda cause: (-cause.row_count, cause.month))


@warehouse.cached
def redefined(path: str, metric: str, version: str) -> list[str]:
    """Return which models, seeds and macros behind a figure changed after a publication."""
    found = warehouse.rows(
        path,
        """
        select distinct changes.definition
        from history.definition_changes as changes
        inner join catalogue.metrics as metrics on changes.source_model = metrics.source_model
        where metrics.metric = $metric and changes.version > $version
        order by changes.definition
        """,
        {"metric": metric, "version": version},
    )
    return [row["definition"].split(".", 2)[-1] for row in found]


@warehouse.cached
def not_compared(path: str, version: str) -> int:
    """Return how many later publications could not be compared with the one before them."""
    found = warehouse.rows(
        path,
        """
        select count(*) as versions
        from history.publications
        where version > $version and compared_with is null
        """,
        {"version": version},
    )
    return int(found[0]["versions"])
