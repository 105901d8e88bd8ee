"""Copies the control store and the warehouse as of one moment.

Copying `control.db` by hand loses what is still in its journal. Here the databases make the copies
themselves while no process writes the warehouse. Messages may continue to arrive.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb

from ingestion import troubles
from ingestion.control import copy, locks, store
from ingestion.errors import KetteError
from ingestion.loading import blocks, warehouse
from ingestion.settings import settings

if TYPE_CHECKING:
    from pathlib import Path

CONTROL, WAREHOUSE = "control.db", "warehouse.duckdb"


@dataclass(frozen=True)
class Backup:
    """What was made: its folder, and the size of the files."""

    folder: Path
    sizes: dict[str, int]


def make(target: Path) -> Backup:
    """Make a backup in a new folder under ``target``.

    Raises:
        KetteError: There is nothing to back up, a file is damaged, or it cannot be written.
    """
    with troubles.told(), locks.warehouse_lock():
        store.engine()
        folder = target / f"kette-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
        partial = folder.with_suffix(".partial")
        partial.mkdir(parents=True, mode=0o700)
        try:
            _copy_control(partial / CONTROL)
            if settings().warehouse.exists():
                _copy_warehouse(partial / WAREHOUSE)
            for path in partial.iterdir():
                _make_durable(path)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return Backup(folder, {path.name: path.stat().st_size for path in sorted(folder.iterdir())})


def _copy_control(path: Path) -> None:
    """Copy the control store into a SQLite file, wherever it is."""
    engine = store.engine()
    if engine.dialect.name != "sqlite":
        copy.copy(f"sqlite:///{path}")
    else:
        with (
            closing(sqlite3.connect(str(engine.url.database))) as source,
            closing(sqlite3.connect(path)) as kept,
        ):
            source.backup(kept)
    with closing(sqlite3.connect(path)) as kept:
        # one file, without a journal beside it
        kept.execute("pragma journal_mode=delete")
        found = kept.execute("pragma quick_check(1)").fetchone()[0]
    if found != "ok":
        raise KetteError(
            "the control store is damaged, so its copy is no backup",
            where=troubles.control_place(),
            fix=troubles.CONTROL_DAMAGED,
        )


def _copy_warehouse(path: Path) -> None:
    with warehouse.connect() as connection:
        connection.execute("checkpoint")
    shutil.copyfile(settings().warehouse, path)
    try:
        is_damaged = blocks.is_damaged(path)
    except duckdb.Error:
        is_damaged = True
    if is_damaged:
        raise KetteError(
            "the warehouse is damaged, so its copy is no backup",
            where=str(settings().warehouse),
            fix=troubles.WAREHOUSE_DAMAGED,
        )


def _make_durable(path: Path) -> None:
    path.chmod(0o600)
    with path.open("rb") as file:
        os.fsync(file.fileno())
