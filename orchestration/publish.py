"""Publishes the read-only copy that dashboards open: a new file per version, and a link to the newest.

Readers never wait for a writer or see half a load: they resolve ``current.duckdb`` once and keep that
file. Only marts, metrics and the catalogue seeds are copied, so nothing raw reaches a dashboard. A table
that must not be published (``tables``, ``withheld``) is carried over from the publication before, and
``catalogue.tables`` says so. The copy also holds what earlier publications said
(``orchestration/figure_history``) and what each table and column means (``comments``).
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import sqlalchemy as sa

from ingestion.control import locks, store as control
from ingestion.control.tables import publications
from ingestion.errors import KetteError
from ingestion.loading import holdings, warehouse
from ingestion.registry import REGISTRY
from ingestion.settings import settings
from orchestration import comments, published_file, records, tables
from orchestration.figure_history import store, taken_back
from orchestration.host import mode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEPT_VERSIONS = 2

WHY_NOT = {
    "none": "no models have been built yet",
    "running": "the last build did not come to its end",
    "failed": "nothing of the last build may be published",
    "by hand": "tables were built by hand since the last whole run",
}


@dataclass(frozen=True)
class Publication:
    """What was published."""

    version: str
    path: Path
    table_count: int
    row_count: int
    carried_over: int


def publish(
    run_id: str | None = None, progress: Callable[[str], None] = lambda _text: None
) -> Publication:
    """Copy marts, metrics and catalogue into a new version and make it the current one.

    Args:
        run_id: The run it belongs to.
        progress: Told about each table.

    Raises:
        KetteError: Nothing of the last build may be published, or there is no warehouse.
    """
    with locks.warehouse_lock():
        state = records.build_state()
        if state != "passed":
            raise KetteError(
                f"nothing is published: {WHY_NOT[state]}",
                where="publish",
                fix="Run `kette run`; `kette doctor` shows what failed",
            )
        if sources := _older_than_the_ledger():
            raise KetteError(
                f"nothing is published: the warehouse lacks loads of {', '.join(sources)} that the "
                "ledger has, so it is older than what was built and checked",
                where="publish",
                fix="Run `kette run`: it reads them again",
            )
        set_damaged_aside(progress)
        if taken_back.take_back(published_file.current()):
            progress("the control store takes back what was published earlier")
        publication, news = _copy(progress)
        _swing(publication.path)
        with control.begin() as connection:
            connection.execute(
                sa.insert(publications).values(
                    **news.publication,
                    run_id=run_id,
                    mode=mode.current(),
                    path=str(publication.path),
                    table_count=publication.table_count,
                    row_count=publication.row_count,
                )
            )
            store.record(connection, news)
        _prune(publication.path)
    return publication


def _older_than_the_ledger() -> list[str]:
    """Return the sources of which the warehouse no longer holds what was loaded."""
    with warehouse.connect() as connection:
        return [load.source for load in REGISTRY if holdings.compare(connection, load).lost]


def set_damaged_aside(progress: Callable[[str], None] = lambda _text: None) -> list[Path]:
    """Put published files that are damaged out of the way; hold the warehouse lock meanwhile.

    Pages go on with the newest that is whole. What earlier publications said is in the control store.
    """
    moved = []
    for path in sorted(settings().serving.glob("warehouse-*.duckdb")):
        if published_file.is_unusable(path):
            aside = path.with_suffix(".damaged")
            path.rename(aside)
            moved.append(aside)
            progress(f"a published file was damaged and is set aside: {aside}")
    whole = sorted(settings().serving.glob("warehouse-*.duckdb"))
    if moved and whole:
        _swing(whole[-1])
    return moved


def _copy(progress: Callable[[str], None]) -> tuple[Publication, store.News]:
    folder, built = settings().serving, settings().warehouse
    if not built.exists():
        raise KetteError("there is no warehouse", where=str(built), fix="Run `kette run`")
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob("*.partial*"):
        leftover.unlink()
    version = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    path = folder / f"warehouse-{version}.duckdb"
    partial = path.with_suffix(".partial")
    with closing(duckdb.connect(str(partial))) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"attach '{_quoted(built)}' as warehouse (read_only)")
        connection.execute("create schema catalogue")
        connection.execute(
            """
            create table catalogue.about as
            select
                ?::varchar as version,
                now() as published_at,
                ?::date as as_of,
                ?::varchar as mode,
                ?::varchar as business_time_zone
            """,
            [version, settings().today(), mode.current(), settings().time_zone],
        )
        tables.create(connection)
        earlier = tables.Earlier(connection, published_file.current())
        copied = [
            tables.copy(connection, table, earlier, progress)
            for table in tables.to_publish(connection)
        ]
        tables.assemble(connection)
        earlier.close()
        connection.execute("detach warehouse")
        connection.execute("checkpoint")
    progress("publish history")
    changes = store.changes(partial)
    with closing(duckdb.connect(str(partial))) as connection:
        connection.execute("set timezone = 'UTC'")
        news = store.news(connection, version, changes)
        store.write(connection, news)
        comments.write(connection)
        connection.execute("checkpoint")
    partial.rename(path)
    there = [each for each in copied if each.status != tables.MISSING]
    return Publication(
        version,
        path,
        table_count=len(there),
        row_count=sum(each.row_count for each in there),
        carried_over=sum(each.status == tables.CARRIED_OVER for each in copied),
    ), news


def _swing(path: Path) -> None:
    link = path.parent / published_file.CURRENT
    fresh = link.with_suffix(".partial-link")
    fresh.unlink(missing_ok=True)
    # relative, so that the data folder can be moved
    fresh.symlink_to(path.name)
    fresh.replace(link)


def _prune(newest: Path) -> None:
    versions = sorted(newest.parent.glob("warehouse-*.duckdb"), reverse=True)
    damaged = sorted(newest.parent.glob("warehouse-*.damaged"), reverse=True)
    for old in (*versions[KEPT_VERSIONS:], *damaged[1:]):
        old.unlink()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
