"""The control store: made by whoever comes first, also where several come at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ingestion.control import store, tables

if TYPE_CHECKING:
    from pathlib import Path


def test_two_processes_may_make_the_tables_at_the_same_time(kette_home: Path) -> None:
    made: list[str] = []

    def faster(*_: Any, **__: Any) -> None:
        if not made:
            made.append("runs")
            with closing(sqlite3.connect(kette_home / "control.db")) as other:
                other.execute("create table runs (run_id varchar primary key)")
                other.commit()

    sa.event.listen(tables.runs, "before_create", faster)
    try:
        store.remember("key", "value")
    finally:
        sa.event.remove(tables.runs, "before_create", faster)

    assert made == ["runs"]
    assert store.fact("key") == "value"
    assert store.recent_runs() == []
    names = sa.inspect(store.engine()).get_table_names()
    assert set(tables.metadata.tables) <= set(names)
