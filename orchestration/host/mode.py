"""Demo or real: whether the sandbox stands in for the vendors. Their data never mixes.

The mode is demo if no source has credentials (or with ``KETTE_DEMO=1``, which ``kette serve`` passes to
its children). A warehouse remembers the mode it was filled in and refuses the other one.
"""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

from ingestion import settings as environment, troubles
from ingestion.control import locks
from ingestion.control.outcomes import DEMO, REAL
from ingestion.errors import KetteError
from ingestion.loading import warehouse
from ingestion.loading.run import source_status
from ingestion.registry import REGISTRY

if TYPE_CHECKING:
    import duckdb

# a process that was killed has ended when its memory is given back
WAIT_SECONDS = 10


def current() -> str:
    """Return ``demo`` or ``real``."""
    if environment.settings().is_demo:
        return DEMO
    return DEMO if all(source_status(load).state == "off" for load in REGISTRY) else REAL


def claim_warehouse() -> None:
    """Mark the warehouse as ours, or refuse one that belongs to the other mode.

    Raises:
        KetteError: The warehouse was filled in the other mode, is open elsewhere or is damaged.
    """
    path, wanted = environment.settings().warehouse, current()
    with locks.warehouse_lock(), closing(_connect()) as connection:
        connection.execute("create schema if not exists kette")
        connection.execute("create table if not exists kette.about (mode varchar)")
        found = connection.execute("select mode from kette.about").fetchall()
        if not found:
            connection.execute("insert into kette.about values (?)", [wanted])
    if found and found[0][0] != wanted:
        raise KetteError(
            f"this warehouse holds {found[0][0]} data and the sources are {wanted}",
            where=str(path),
            fix="Set KETTE_HOME to a folder of its own for each, e.g. KETTE_HOME=$PWD/data-real",
        )


def _connect() -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return warehouse.opened()
        except KetteError as error:
            if error.what != troubles.OPEN_ELSEWHERE or time.monotonic() >= deadline:
                raise
            time.sleep(0.5)
