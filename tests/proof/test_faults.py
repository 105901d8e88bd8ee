"""Faults against every registered source: the warehouse ends as it would have without them.

The sandbox plays the vendors. A load without faults says what is true; loads that meet faults, or
are killed in the middle, must come to the same rows.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.errors import KetteError
from ingestion.loading.run import run
from ingestion.registry import REGISTRY
from ingestion.sandbox import vendors, world
from ingestion.sandbox.exchange import Rule
from ingestion.sandbox.faults import cut_gzip, reset, status, too_many
from ingestion.sandbox.server import Sandbox, serve_in_thread
from ingestion.settings import CHECKOUT, child_environment, settings
from tests.ingestion.fakes import query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestion.sandbox.exchange import Exchange, Fault
    from ingestion.toolkit.source import Load

pytestmark = pytest.mark.proof
UNTIL = date(2026, 6, 1)
PLAYED = [load for load in REGISTRY if load.source in vendors.names()]
FAULTS: dict[str, Fault] = {
    "429": too_many(2),
    "429 without a word": too_many(),
    "503": status(503),
    "reset in the middle": reset(),
    "reset before an answer": reset(None),
    "truncated gzip": cut_gzip(0.6),
}
# every third request meets the fault, so that each retry may meet it as well
EVERY = 3


@pytest.fixture(scope="module")
def seed(request: pytest.FixtureRequest) -> int:
    return request.config.getoption("seed") or secrets.randbelow(100_000)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, seed: int) -> Path:
    folder = tmp_path_factory.mktemp("world")
    world.generate(folder, customers=60, months=6, seed=seed, until=UNTIL)
    return folder


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Wait for nothing, and show the seed where a test fails."""
    print(f"--seed {seed}")  # noqa: T201
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setattr(
        "ingestion.http.rate_limits.clock", iter(range(10**9, 2 * 10**9, 7200)).__next__
    )
    monkeypatch.setenv("KETTE_TODAY", UNTIL.isoformat())


@contextmanager
def vendors(made: Path, monkeypatch: pytest.MonkeyPatch, *rules: Rule) -> Iterator[Sandbox]:
    """Serve the world; the limits of the vendors do not count, since nobody waits."""
    clock = iter(range(0, 10**12, 100)).__next__
    with serve_in_thread(made, faults=rules, clock=clock) as sandbox:
        for name, value in sandbox.environment().items():
            monkeypatch.setenv(name, value)
        yield sandbox


def rows(load: Load) -> dict[str, list[Any]]:
    """Return what every table of a source holds, without what differs from load to load."""
    return {
        stream.name: sorted(
            query(
                f"select md5(t::varchar) from (select * exclude (_dlt_load_id, _dlt_id) "
                f"from raw_{load.source}.{stream.name}) t"
            )
        )
        for stream in load.streams
    }


@pytest.fixture(scope="module")
def truth() -> dict[str, dict[str, list[Any]]]:
    """Keep what was loaded without faults, by source."""
    return {}


@pytest.fixture(scope="module")
def counts() -> dict[str, int]:
    """Keep how many requests such a load took, by source."""
    return {}


@pytest.fixture
def expected(
    load: Load,
    truth: dict[str, dict[str, list[Any]]],
    counts: dict[str, int],
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, list[Any]]:
    """Return what a load without faults brings, from a data folder of its own."""
    if load.source not in truth:
        with monkeypatch.context() as apart, vendors(made, apart) as sandbox:
            apart.setenv("KETTE_HOME", str(tmp_path / "sound"))
            run(load)
            counts[load.source] = len(sandbox.requests)
            truth[load.source] = rows(load)
    assert any(truth[load.source].values()), "nothing was loaded"
    return truth[load.source]


def assert_sound(load: Load, expected: dict[str, list[Any]]) -> None:
    """Compare the warehouse with the truth, and look for what must not be left behind."""
    assert rows(load) == expected
    ledger = tables.load_ledger
    finished = sa.select(ledger).where(ledger.c.status.in_(("loaded", "held")))
    for row in store.rows(finished):
        kept = row["loaded"] + row["deduped"] + row["quarantined"] + row["suppressed"]
        assert row["seen"] == kept, f"{row['stream']} does not balance"
    assert store.rows(sa.select(ledger).where(ledger.c.status == "running")) == []
    assert list((settings().home / "tmp").glob("*")) == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("load", PLAYED, ids=lambda load: load.source)
def test_every_third_request_meets_a_fault_and_nothing_is_lost_or_doubled(
    load: Load,
    fault: str,
    expected: dict[str, list[Any]],
    made: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule = Rule(load.source, "*", range(2, 10**6, EVERY), FAULTS[fault])
    with vendors(made, monkeypatch, rule):
        for _ in range(3):
            try:
                run(load)
            except KetteError:
                continue
            break
        else:
            pytest.fail("three runs did not get through")
    assert rule.count > 1, "no request met the fault"
    assert_sound(load, expected)


def killing(number: int) -> Fault:
    """Kill the process that asks, without a word."""

    async def fault(exchange: Exchange) -> None:
        os.kill(number, signal.SIGKILL)
        exchange.abort()

    return fault


CHILD = """
import sys
from ingestion.http import client
from ingestion.loading.run import run
from ingestion.registry import REGISTRY
client.sleep = lambda _seconds: None
sys.stdin.readline()
run(next(load for load in REGISTRY if load.source == sys.argv[1]))
"""


def load_in_a_process(load: Load, sandbox: Sandbox, die_at: int) -> int:
    """Load in a process that is killed at the given request; return how it ended."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, load.source],
        cwd=CHECKOUT,
        env=child_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    sandbox.faults.add(Rule(load.source, "*", (die_at,), killing(child.pid)))
    child.communicate("go\n")
    return child.returncode


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0], ids=["first", "middle", "last"])
@pytest.mark.parametrize("load", PLAYED, ids=lambda load: load.source)
def test_killed_in_any_request_the_next_run_is_exact(
    load: Load,
    share: float,
    expected: dict[str, list[Any]],
    counts: dict[str, int],
    made: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with vendors(made, monkeypatch) as sandbox:
        die_at = max(round(share * counts[load.source]), 1)
        assert load_in_a_process(load, sandbox, die_at) == -signal.SIGKILL
    with vendors(made, monkeypatch):
        run(load)
    assert_sound(load, expected)
