"""The control store: made by whoever comes first, also where several come at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ingestion import control

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

    sa.event.listen(control.runs, "before_create", faster)
    try:
        control.remember("key", "value")
    finally:
        sa.event.remove(control.runs, "before_create", faster)

    assert made == ["runs"]
    assert control.fact("key") == "value"
    assert control.recent_runs() == []
    names = sa.inspect(control.engine()).get_table_names()
    assert set(control.metadata.tables) <= set(names)
