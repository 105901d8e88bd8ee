"""Keeps what each publication said, and writes it into the copy that pages and commands read.

The control store keeps it because it cannot be derived again: the warehouse knows only today's answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from ingestion.control import store
from ingestion.control.tables import (
    definition_changes,
    definition_checksums,
    known_figures,
    publications,
    row_changes,
)
from ingestion.settings import settings
from orchestration.figure_history import compare, definitions, persons, readable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    import duckdb

# after that, counts and sums are kept and the rows themselves are not
ROWS_KEPT_FOR = timedelta(days=400)
KEY = ("metric", "period_start", "journey_phase")
FIGURE = ("numerator", "denominator", "sum_of_squares", "sample_size")
COLUMNS = (*KEY, "grain", "channel", "journey_step", "persona", *FIGURE)

DAY, TEXT, NUMBER, COUNT = pa.date32(), pa.string(), pa.float64(), pa.int64()
MOMENT = pa.timestamp("us", tz="UTC")
SHAPES = {
    "publications": {
        "version": TEXT,
        "published_at": MOMENT,
        "as_of": DAY,
        "compared_with": TEXT,
    },
    "known_figures": {
        "metric": TEXT,
        "period_start": DAY,
        "journey_phase": TEXT,
        "known_from": TEXT,
        "known_until": TEXT,
        "numerator": NUMBER,
        "denominator": NUMBER,
        "sum_of_squares": NUMBER,
        "sample_size": COUNT,
    },
    "row_changes": {
        "change_id": TEXT,
        "version": TEXT,
        "model": TEXT,
        "period_start": DAY,
        "change": TEXT,
        "columns": TEXT,
        "row_count": COUNT,
        "measures": TEXT,
        "rows": TEXT,
    },
    "definition_changes": {"version": TEXT, "source_model": TEXT, "definition": TEXT},
}


@dataclass(frozen=True)
class News:
    """What a publication says that the one before it did not.

    Attributes:
        publication: version, published_at (UTC), as_of, compared_with.
        figures: Figures that differ, as rows of ``known_figures``.
        changes: Rows behind them that changed, as rows of ``row_changes``.
        redefined: Rows of ``definition_changes``.
        checksums: Rows of ``definition_checksums`` that differ.
        persons: Who was found to be whom.
    """

    publication: dict[str, Any]
    figures: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    redefined: list[dict[str, str]]
    checksums: list[dict[str, str]]
    persons: persons.Changes


@dataclass(frozen=True)
class Compared:
    """What changed since the version it was compared with; None where there was none."""

    version: str | None
    changes: list[compare.Change]


def changes(copy: Path) -> Compared:
    """Compare the rows of a copy about to be published with those published before.

    Args:
        copy: The file, complete but for its history; nobody has it open.
    """
    # not what the link shows: a publication that was killed before it was recorded does not count
    latest = store.latest_publication()
    path = copy.parent / f"warehouse-{latest['version']}.duckdb" if latest else None
    if latest is None or path is None or not path.exists():
        return Compared(None, [])
    return Compared(latest["version"], compare.changes(path, copy))


def news(connection: duckdb.DuckDBPyConnection, version: str, compared: Compared) -> News:
    """Return what a copy about to be published says that was not known before.

    Args:
        connection: A connection to it.
        version: Its version.
        compared: Its rows, compared with those before.
    """
    redefined, checksums = _definitions(version)
    return News(
        publication={
            "version": version,
            "published_at": store.now(),
            "as_of": settings().today(),
            "compared_with": compared.version,
        },
        figures=_figures(connection, version),
        changes=[
            {"change_id": f"{version}-{number}", "version": version, **vars(change)}
            for number, change in enumerate(compared.changes)
        ],
        redefined=redefined,
        checksums=checksums,
        persons=persons.changes(connection),
    )


def record(transaction: sa.Connection, found: News) -> None:
    """Write the news of a publication into the control store, within its transaction."""
    table = known_figures
    version = found.publication["version"]
    for row in found.figures:
        transaction.execute(
            sa.update(table)
            .where(*(table.c[name] == row[name] for name in KEY), table.c.known_until.is_(None))
            .values(known_until=version)
        )
    for target, rows in (
        (table, found.figures),
        (row_changes, found.changes),
        (definition_changes, found.redefined),
    ):
        if rows:
            transaction.execute(sa.insert(target), rows)
    persons.record(transaction, found.persons)
    for row in found.checksums:
        store.upsert(transaction, definition_checksums, row)
    # a version is the moment it was made, so older ones come before in the order of their names
    oldest = f"{store.now() - ROWS_KEPT_FOR:%Y%m%dT%H%M%S}"
    transaction.execute(
        sa.update(row_changes)
        .where(row_changes.c.version < oldest, row_changes.c.rows != [])
        .values(rows=[])
    )


def write(connection: duckdb.DuckDBPyConnection, found: News) -> None:
    """Write all history, the news included, into the schema ``history`` of a copy."""
    version = found.publication["version"]
    replaced = {tuple(row[name] for name in KEY) for row in found.figures}
    figures = store.rows(sa.select(known_figures))
    for row in figures:
        if row["known_until"] is None and tuple(row[name] for name in KEY) in replaced:
            row["known_until"] = version
    changes = [
        {**row, "measures": json.dumps(row["measures"]), "rows": json.dumps(row["rows"])}
        for row in (*store.rows(sa.select(row_changes)), *found.changes)
    ]
    # versions from before anything was kept say nothing
    first = min((row["known_from"] for row in (*figures, *found.figures)), default=version)
    versions = sa.select(publications).where(publications.c.version >= first)
    connection.execute("create schema if not exists history")
    for name, rows in (
        ("publications", (*store.rows(versions), found.publication)),
        ("known_figures", (*figures, *found.figures)),
        ("row_changes", changes),
        (
            "definition_changes",
            (*store.rows(sa.select(definition_changes)), *found.redefined),
        ),
    ):
        _create(connection, name, rows)
    readable.create(connection)


def _create(
    connection: duckdb.DuckDBPyConnection, name: str, rows: Iterable[dict[str, Any]]
) -> None:
    shape = SHAPES[name]
    shaped = [{column: _zoned(row.get(column)) for column in shape} for row in rows]
    arrow = pa.Table.from_pylist(shaped, schema=pa.schema(list(shape.items())))
    connection.register("history_rows", arrow)
    connection.execute(f"create table history.{name} as from history_rows")
    connection.unregister("history_rows")


def _zoned(value: Any) -> Any:
    """Return a moment of the control store, which keeps UTC without saying so, as UTC."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _figures(connection: duckdb.DuckDBPyConnection, version: str) -> list[dict[str, Any]]:
    """Return the figures that differ from the last that were recorded."""
    known = {
        tuple(row[name] for name in KEY): tuple(row[name] for name in FIGURE)
        for row in store.rows(sa.select(known_figures).where(known_figures.c.known_until.is_(None)))
    }
    published = _published(connection)
    gone = dict.fromkeys(
        (key for key, figure in known.items() if key not in published and _was_one(figure)),
        (None,) * len(FIGURE),
    )
    return [
        dict(
            zip(
                (*KEY, "known_from", "known_until", *FIGURE),
                (*key, version, None, *figure),
                strict=True,
            )
        )
        for key, figure in (published | gone).items()
        if known.get(key) != figure
    ]


def _was_one(figure: tuple[Any, ...]) -> bool:
    """Return whether a recorded figure was one, and not the mark that it was gone."""
    return any(part is not None for part in figure)


def _published(
    connection: duckdb.DuckDBPyConnection,
) -> dict[tuple[str, date, str], tuple[float | None, ...]]:
    """Return the whole company's monthly figures of a copy: by phase where they have phases."""
    if not connection.execute(
        "select 1 from duckdb_views() where schema_name = 'metrics' and view_name = 'mtr_monthly'"
    ).fetchall():
        return {}  # no family of metrics was ever built
    rows = connection.execute(
        f"""
        with monthly as (
            select
                *,
                -- where every row has the same phase, it is no breakdown
                count(distinct journey_phase) over (partition by metric) > 1 as has_phases,
                count(distinct journey_step) over (partition by metric) > 1 as has_steps
            from metrics.mtr_monthly
            where grain = 'month' and channel = 'all' and persona = 'all'
        )
        select
            metric, period_start, if(has_phases, journey_phase, 'all'),
            {", ".join(FIGURE)}
        from monthly
        where not has_steps or journey_step = 'all'
        """  # noqa: S608 - our own names
    ).fetchall()
    return {tuple(row[:3]): tuple(row[3:]) for row in rows}


def _definitions(version: str) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return (changes by metric model, new checksums) since the last recorded publication."""
    known = {
        row["definition"]: row["checksum"] for row in store.rows(sa.select(definition_checksums))
    }
    differing = {
        name: (checksum, models)
        for name, (checksum, models) in definitions.current().items()
        if known.get(name) != checksum
    }
    changed = [
        {"version": version, "source_model": model, "definition": name}
        for name, (_, models) in sorted(differing.items())
        for model in sorted(models)
    ]
    checksums = [
        {"definition": name, "checksum": checksum} for name, (checksum, _) in differing.items()
    ]
    # the first publication has nothing to differ from
    return (changed if known else []), checksums
