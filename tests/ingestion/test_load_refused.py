"""What keeps a load from happening: another run, a broken setting, a failure that all share."""

from __future__ import annotations

import fcntl
import threading
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion.control import locks, store, tables
from ingestion.errors import (
    AlreadyRunningError,
    CredentialsError,
    KetteError,
    MissingRightError,
    UnreachableError,
)
from ingestion.loading.run import run, source_status
from ingestion.settings import settings
from tests.ingestion.fakes import query, row, source, stream, switch_on

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestion.toolkit.source import Reader


@pytest.fixture(autouse=True)
def _on(monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(monkeypatch)


def statuses() -> list[str]:
    rows = tables.load_ledger
    return [found["status"] for found in store.rows(sa.select(rows).order_by(rows.c.id))]


def test_a_second_run_at_the_same_time_is_refused() -> None:
    inside, go_on = threading.Event(), threading.Event()

    def read(_: Reader) -> Iterator[Any]:
        inside.set()
        go_on.wait(30)
        yield [row(1)]

    load = source(stream(read))
    first = threading.Thread(target=run, args=(load,))
    first.start()
    inside.wait(30)
    try:
        with pytest.raises(
            AlreadyRunningError, match=r"source fake: already running: .* \(pid \d+, since .* UTC\)"
        ):
            run(load)
        # reading a vendor keeps nobody from the warehouse
        with locks.warehouse_lock(0):
            pass
    finally:
        go_on.set()
        first.join()
    assert query("select id from raw_fake.things") == ["1"]


@pytest.mark.parametrize(
    ("error", "streams_asked"),
    [
        (CredentialsError("the credentials are refused"), 1),
        (UnreachableError("the host does not answer"), 1),
        (MissingRightError("a right is missing"), 2),
        (KetteError("the vendor refuses the request"), 2),
    ],
    ids=["refused key", "no host", "no right to this", "something else"],
)
def test_only_a_failure_that_all_streams_share_ends_the_run_at_once(
    error: KetteError, streams_asked: int
) -> None:
    class Client:
        requests = bytes = answered = 0

        def close(self) -> None:
            """Nothing to close."""

    asked: list[str] = []

    def read(reader: Reader) -> Iterator[Any]:
        asked.append("read")
        raise error
        yield

    load = source(stream(read), stream(read, "others"), connect=lambda _: Client())
    with pytest.raises(KetteError):
        run(load)
    assert len(asked) == streams_asked


def test_an_interruption_is_no_failure_of_the_source() -> None:
    def read(_: Reader) -> Iterator[Any]:
        yield [row(1)]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(source(stream(read)))
    run(source(stream([[row(2)]])))
    assert statuses() == ["interrupted", "loaded"]
    assert query("select id from raw_fake.things") == ["2"]


@pytest.mark.parametrize(
    ("variables", "state", "reason"),
    [
        ({"API_KEY": ""}, "off", "SOURCES__FAKE__API_KEY"),
        ({"API_KEY": "  "}, "off", "SOURCES__FAKE__API_KEY"),
        ({}, "on", ""),
        ({"SIZE": "many"}, "broken", "SOURCES__FAKE__SIZE: the value has the wrong form, int"),
    ],
    ids=["empty", "blank", "given", "wrong form"],
)
def test_a_source_is_on_off_or_broken_by_its_settings(
    variables: dict[str, str], state: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"SOURCES__FAKE__{name}", value)
    status = source_status(source(stream([])))
    assert status.state == state
    assert reason in status.reason


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ((), "off"),
        (("base_url",), "broken"),
        (("base_url", "api_key"), "on"),
        (("token",), "on"),
    ],
    ids=["none", "half", "all", "the alternative"],
)
def test_half_of_the_credentials_is_a_mistake_and_an_alternative_is_enough(
    given: tuple[str, ...], state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCES__FAKE__API_KEY")
    for name in given:
        monkeypatch.setenv(f"SOURCES__FAKE__{name.upper()}", "https://given.example")
    needed, instead = ("base_url", "api_key"), ("token",)
    load = source(stream([]), credentials=needed, alternative_credentials=instead)
    assert source_status(load).state == state


def test_a_source_that_is_off_says_which_variable_turns_it_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SOURCES__FAKE__API_KEY")
    with pytest.raises(KetteError, match=r"fake: the source is off: .*SOURCES__FAKE__API_KEY"):
        run(source(stream([])))


def test_who_wants_the_warehouse_again_queues_behind_who_waits(kette_home: Path) -> None:
    turns: list[str] = []

    def wait_for_it() -> None:
        with locks.warehouse_lock():
            turns.append("waiting")

    with locks.warehouse_lock():
        waiting = threading.Thread(target=wait_for_it)
        waiting.start()
        place = settings().locks / "warehouse-next.lock"
        while not _is_held(place):
            pass
    with locks.warehouse_lock():
        turns.append("again")
    waiting.join()

    assert turns == ["waiting", "again"]


def _is_held(path: Path) -> bool:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
