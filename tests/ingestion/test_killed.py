"""kill -9 at any point of a load: the next run finds the old rows or the new ones, never a mix."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.loading.run import run
from ingestion.settings import CHECKOUT, child_environment, settings
from tests.ingestion import killed
from tests.ingestion.fakes import query, switch_on

if TYPE_CHECKING:
    from pathlib import Path


def _stored() -> dict[str, tuple[str, int]]:
    found = query("select id, day::varchar, amount::int from raw_fake.things")
    assert len(found) == len({key for key, _, _ in found}), "a row is there twice"
    return {key: (day, amount) for key, day, amount in found}


def _left_open() -> list[str]:
    rows, facts = tables.load_ledger, tables.facts
    running = store.rows(sa.select(rows.c.id).where(rows.c.status == "running"))
    promised = store.rows(sa.select(facts.c.key).where(facts.c.key.startswith("unfinished/")))
    temporary: list[Path] = list((settings().home / "tmp").glob("*"))
    return [*map(str, running), *map(str, promised), *map(str, temporary)]


@pytest.mark.parametrize(
    ("way", "point"), [(way, point) for way, points in killed.WAYS.items() for point in points]
)
def test_the_run_after_a_kill_finds_all_or_nothing(
    way: str, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on(monkeypatch)
    run(killed.before(way))
    died = subprocess.run(
        [sys.executable, "-m", "tests.ingestion.killed", way, point],
        cwd=CHECKOUT,
        env=child_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    # a run that reads something else must not be what puts it right
    run(killed.nothing(way))
    left = killed.WAYS[way][point][0]
    assert _stored() == (killed.BEFORE if left == "old" else killed.AFTER)
    assert _left_open() == []
    run(killed.after(way))
    assert _stored() == killed.AFTER
