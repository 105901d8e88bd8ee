"""Why a figure changed: the published values, and the rows that differ between them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingestion.errors import KetteError
from orchestration.identity_review import lookup

if TYPE_CHECKING:
    from datetime import date

    import duckdb

WHERE = "figures"
# how a change moves the number of rows that are counted
SIGNS = {"added": 1, "moved_here": 1, "unlabelled": 1, "removed": -1, "moved_away": -1}
SIGNS |= {"labelled": -1, "changed": 0}


@dataclass(frozen=True)
class Said:
    """What was published about one figure, as rows of ``history.figures_as_known``."""

    metric: str
    month: date
    phase: str
    values: list[dict[str, Any]]


@dataclass(frozen=True)
class Cause:
    """Rows that changed in the same way between two publications.

    Attributes:
        model: The mart.
        month: First day of the month of the rows.
        change: As in ``orchestration.figure_history.compare.Change``.
        columns: Which columns changed, by comma.
        row_count: How many rows, a row counted again each time it changed.
        measures: Net change of each measure.
        rows: Some of them, as (key, before, after).
    """

    model: str
    month: date
    change: str
    columns: str
    row_count: int
    measures: dict[str, float]
    rows: list[tuple[str, dict[str, Any] | None, dict[str, Any] | None]]


@dataclass(frozen=True)
class Explained:
    """A figure then and now, and what lies between.

    Attributes:
        said: Everything that was published about it.
        then: The row of what was known then; its value is None where nothing was.
        now: The row of what is known now.
        causes: Rows that changed.
        definitions: Models, seeds and macros that changed.
        unknown: Versions in between whose rows nobody could compare.
    """

    said: Said
    then: dict[str, Any]
    now: dict[str, Any]
    causes: list[Cause]
    definitions: list[str]
    unknown: list[str]


def changed(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return the figures that changed after their month was over, newest change first."""
    _check(connection)
    return lookup.rows(
        connection,
        """
        from history.closed_figures
        where value is distinct from value_at_close
        order by changed_at desc, metric, period_start desc, journey_phase
        """,
    )


def said(connection: duckdb.DuckDBPyConnection, metric: str, month: date, phase: str) -> Said:
    """Return what was published about a figure, oldest first.

    Raises:
        KetteError: There is no such figure.
    """
    _check(connection)
    values = lookup.rows(
        connection,
        """
        from history.figures_as_known
        where metric = $metric and period_start = $month and journey_phase = $phase
        order by known_from
        """,
        {"metric": metric, "month": month, "phase": phase},
    )
    if not values:
        raise KetteError(
            "nothing was ever published about it",
            where=f"{WHERE} {metric} {month:%Y-%m}" + (f" {phase}" if phase != "all" else ""),
            fix=_near(connection, metric, month),
        )
    return Said(metric, month, phase, values)


def why(
    connection: duckdb.DuckDBPyConnection,
    metric: str,
    month: date,
    *,
    since: date | None = None,
    phase: str = "all",
) -> Explained:
    """Return what a figure was, what it is, and which rows make the difference.

    Args:
        connection: To what is published.
        metric: A metric of the catalogue.
        month: First day of its month.
        since: Compare with what was known at the end of this day (UTC); by default with what was
            known when the month was first over.
        phase: A journey phase, for metrics that have them.

    Raises:
        KetteError: There is no such figure, or nothing was published then.
    """
    found = said(connection, metric, month, phase)
    then_version = _version(connection, month, since)
    then = next(
        (
            row
            for row in found.values
            if row["known_from"] <= then_version
            and (row["known_until"] is None or row["known_until"] > then_version)
        ),
        None,
    ) or _nothing(connection, then_version)
    given = {"metric": metric, "month": month, "version": then_version}
    steps = lookup.rows(
        connection,
        """
        from history.figure_causes
        where metric = $metric and period_start = $month and version > $version
        order by version, change_id
        """,
        given,
    )
    definitions = lookup.rows(
        connection,
        """
        select distinct changes.definition
        from history.definition_changes as changes
        inner join catalogue.metrics as metrics
            on changes.source_model = metrics.source_model
        where metrics.metric = $metric and changes.version > $version
        order by changes.definition
        """,
        {"metric": metric, "version": then_version},
    )
    unknown = lookup.rows(
        connection,
        """
        select version
        from history.publications
        where version > $version and compared_with is null
        order by version
        """,
        {"version": then_version},
    )
    return Explained(
        said=found,
        then=then,
        now=found.values[-1],
        causes=_summed(steps),
        definitions=[row["definition"] for row in definitions],
        unknown=[row["version"] for row in unknown],
    )


def _version(connection: duckdb.DuckDBPyConnection, month: date, since: date | None) -> str:
    """Return the publication to compare with: that of a day, or when the month was first over."""
    query = (
        "select max(version) as version from history.publications"
        " where cast(published_at as date) <= $day"
        if since
        else "select min(version) as version from history.publications"
        " where $day + interval 1 month <= as_of"
    )
    found = lookup.rows(connection, query, {"day": since or month})[0]["version"]
    if found is None and since:
        raise KetteError(
            "nothing was published until then", where=f"{WHERE} --since", fix="Give a later day"
        )
    if found is None:
        # a month that is not over has no close: the first publication there is
        query = "select min(version) as version from history.publications"
        found = lookup.rows(connection, query)[0]["version"]
    return str(found)


def _nothing(connection: duckdb.DuckDBPyConnection, version: str) -> dict[str, Any]:
    """Return what a publication that did not have a figure said about it."""
    query = "select published_at, as_of from history.publications where version = $version"
    row = lookup.rows(connection, query, {"version": version})[0]
    return {**row, "known_from": version, "value": None}


def _summed(steps: list[dict[str, Any]]) -> list[Cause]:
    grouped: dict[tuple[Any, ...], Cause] = {}
    for row in steps:
        key = (row["model"], row["rows_month"], row["change"], row["columns"])
        before = grouped.get(key)
        measures = json.loads(row["measures"])
        kept = [tuple(one) for one in json.loads(row["rows"])]
        if before is None:
            grouped[key] = Cause(*key, row["row_count"], measures, kept)
            continue
        grouped[key] = Cause(
            *key,
            before.row_count + row["row_count"],
            {
                name: before.measures.get(name, 0) + measures.get(name, 0)
                for name in before.measures | measures
            },
            before.rows + kept,
        )
    return sorted(grouped.values(), key=lambda cause: (cause.month, cause.model, -cause.row_count))


def _check(connection: duckdb.DuckDBPyConnection) -> None:
    found = lookup.rows(
        connection,
        "select 1 as one from duckdb_tables() where schema_name = 'history'"
        " and table_name = 'figure_causes'",
    )
    if not found:
        raise KetteError(
            "what is published does not know what was published before",
            where=WHERE,
            fix="Run `kette run`: this version keeps it from then on",
        )


def _near(connection: duckdb.DuckDBPyConnection, metric: str, month: date) -> str:
    months = lookup.rows(
        connection,
        """
        select
            min(period_start) as first_month, max(period_start) as last_month,
            string_agg(distinct journey_phase, ', ' order by journey_phase)
                filter (where period_start = $month) as phases
        from history.figures_as_known
        where metric = $metric
        """,
        {"metric": metric, "month": month},
    )[0]
    if months["first_month"] is None:
        return "docs/metrics.md lists the metrics"
    if months["phases"]:
        return f"It is known by phase: --phase, one of {months['phases']}"
    return f"It is known from {months['first_month']:%Y-%m} to {months['last_month']:%Y-%m}"
