"""The files and databases that everything depends on, checked for `kette doctor` without a change."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import sqlalchemy as sa

from ingestion import troubles
from ingestion.control import outcomes, store, tables
from ingestion.errors import KetteError
from ingestion.loading import blocks, holdings
from ingestion.registry import REGISTRY
from ingestion.settings import settings
from orchestration import publish, published_file, records, withheld

if TYPE_CHECKING:
    from pathlib import Path

SHOWN_CAUSES = 3
READ_AGAIN = "`kette run` reads again what is missing"


@dataclass(frozen=True)
class Finding:
    """One thing beside the sources, whether it is well, and what to say of it."""

    subject: str
    is_well: bool
    text: str
    # nothing is ill, and yet somebody should know
    is_hint: bool = False


def control_store() -> Finding:
    """Return whether the control store can be read, and is whole."""
    subject, place = "control store", troubles.control_place()
    try:
        with troubles.told():
            store.recent_runs(limit=1)
            with store.engine().connect() as connection:
                problem = _quick_check(connection)
    except KetteError as error:
        return Finding(subject, is_well=False, text=str(error))
    if problem:
        text = f"{place}: it is damaged ({problem}). {troubles.CONTROL_DAMAGED}"
        return Finding(subject, is_well=False, text=text)
    return Finding(subject, is_well=True, text=place)


def _quick_check(connection: sa.Connection) -> str:
    """Return what SQLite finds wrong with its file; Postgres looks after itself."""
    if connection.dialect.name != "sqlite":
        return ""
    try:
        found = str(connection.execute(sa.text("pragma quick_check(1)")).scalar_one())
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == "ok" else " ".join(found.split())


def warehouse() -> Finding:
    """Return whether the warehouse can be read, is whole, and holds what the ledger says."""
    subject, path = "warehouse", settings().warehouse
    if not path.exists():
        return _missing(path)
    try:
        with (
            troubles.told(),
            closing(duckdb.connect(str(path), read_only=True)) as connection,
        ):
            found = connection.execute("select count(*) from duckdb_tables()").fetchall()
            problem = _problem(connection, path)
    except KetteError as error:
        is_in_use = error.what == troubles.OPEN_ELSEWHERE
        text = f"in use by a run: {path}" if is_in_use else str(error)
        return Finding(subject, is_well=is_in_use, text=text)
    except duckdb.Error as error:
        problem = f"it is damaged ({str(error).splitlines()[0]}). {troubles.WAREHOUSE_DAMAGED}"
    if problem:
        return Finding(subject, is_well=False, text=f"{path}: {problem}")
    size = path.stat().st_size / 1e6
    return Finding(subject, is_well=True, text=f"{found[0][0]} tables, {size:.0f} MB: {path}")


def _problem(connection: duckdb.DuckDBPyConnection, path: Path) -> str:
    """Return what is wrong with a warehouse that can be opened; nothing where it is well."""
    if blocks.is_damaged(path):
        return f"it is damaged. {troubles.WAREHOUSE_DAMAGED}"
    return _differing([holdings.compare(connection, load) for load in REGISTRY])


def _missing(path: Path) -> Finding:
    rows = tables.load_ledger
    statement = sa.select(sa.func.count().label("loads")).where(rows.c.status.in_(outcomes.GOOD))
    loads = store.rows(statement)[0]["loads"]
    if not loads:
        return Finding("warehouse", is_well=True, text=f"not made yet: {path}")
    text = f"{path} is missing, and the ledger knows of {loads:,} loads in it. {READ_AGAIN}"
    return Finding("warehouse", is_well=False, text=text)


def _differing(found: list[holdings.Disagreement]) -> str:
    lost = {each.source: len(each.lost) for each in found if each.lost}
    unknown = [each.source for each in found if each.unknown]
    if lost:
        return (
            f"it is older than the control store: {sum(lost.values()):,} loads of "
            f"{', '.join(lost)} are not in it. {READ_AGAIN}, messages from the inbox too"
        )
    if unknown:
        return (
            f"it is newer than the control store, which does not know the latest loads of "
            f"{', '.join(unknown)}. Put the latest backup of the control store in its place, or go "
            "on: `kette run` takes over what the warehouse knows; messages that waited in the "
            "inbox, quarantined records and erasures since then are not in it"
        )
    return ""


def _why_nothing_is_published() -> str:
    state = records.build_state()
    if state in {"none", "passed"}:
        return "nothing yet"
    found = withheld.remembered().values()
    causes = dict.fromkeys(str(table.cause) for table in found if table.cause)
    return "; ".join([f"nothing yet: {publish.WHY_NOT[state]}", *list(causes)[:SHOWN_CAUSES]])


def published() -> Finding:
    """Return what is published, and whether its file is whole."""
    subject, latest, path = "published", store.latest_publication(), published_file.current()
    if path is None:
        link = settings().serving / published_file.CURRENT
        if latest is not None or link.is_symlink():
            text = "the file is missing: `kette publish` makes it again from the last whole build"
            return Finding(subject, is_well=False, text=text)
        is_well = records.build_state() == "none"
        return Finding(subject, is_well=is_well, text=_why_nothing_is_published())
    if published_file.is_unusable(path):
        text = f"{path}: it is damaged. `kette publish` sets it aside and makes another"
        return Finding(subject, is_well=False, text=text)
    if latest is None:
        text = f"{path}, of which the control store knows nothing: `kette run` publishes anew"
        return Finding(subject, is_well=False, text=text)
    return Finding(
        subject,
        is_well=True,
        text=f"version {latest['version']}, as of {latest['as_of']} ({latest['mode']}), "
        f"{latest['row_count']:,} rows",
    )
