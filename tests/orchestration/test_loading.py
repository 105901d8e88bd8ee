"""Sources loaded at the same time: none waits for another, none falls with another."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.errors import KetteError
from ingestion.registry import REGISTRY
from orchestration import loading
from orchestration.loading import Loads
from tests.ingestion.sources.emulator import Emulator, Request, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_SECONDS = 120


def delighted(url: str) -> dict[str, str]:
    """Return the settings that switch the source on."""
    return {
        "SOURCES__DELIGHTED__API_KEY": "delighted-key",
        "SOURCES__DELIGHTED__BASE_URL": url,
    }


def typeform(url: str) -> dict[str, str]:
    """Return the settings that switch the source on."""
    return {
        "SOURCES__TYPEFORM__ACCESS_TOKEN": "typeform-token",
        "SOURCES__TYPEFORM__BASE_URL": url,
    }


@pytest.fixture
def vendors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any, Any], list[Emulator]]]:
    """Return a function that serves Delighted and Typeform by two answers."""
    opened = []

    def begin(first: Any, second: Any) -> list[Emulator]:
        found = []
        for answer, variables in ((first, delighted), (second, typeform)):
            server = serve(answer)
            found.append(server.__enter__())
            opened.append(server)
            for name, value in variables(found[-1].url).items():
                monkeypatch.setenv(name, value)
        return found

    yield begin
    for server in opened:
        server.__exit__(None, None, None)


def no_answers(_: Request) -> Any:
    return []


def no_forms(_: Request) -> Any:
    return {"items": [], "total_items": 0}


def test_sources_are_read_at_the_same_time(vendors: Callable[[Any, Any], list[Emulator]]) -> None:
    both = threading.Barrier(2, timeout=PATIENCE_SECONDS)

    def together(answer: Callable[[Request], Any]) -> Callable[[Request], Any]:
        asked: list[Request] = []

        def respond(request: Request) -> Any:
            asked.append(request)
            if len(asked) == 1:
                # neither is answered before both have asked
                both.wait()
            return answer(request)

        return respond

    vendors(together(no_answers), together(no_forms))
    loads = Loads(["delighted", "typeform"], at_once=2)

    found = [loads.take("delighted"), loads.take("typeform")]

    assert [[result.stream for result in results] for results in found] == [
        ["survey_responses"],
        ["forms", "responses"],
    ]
    assert not both.broken


def test_a_source_that_fails_says_why_and_the_others_are_loaded(
    vendors: Callable[[Any, Any], list[Emulator]],
) -> None:
    vendors(no_answers, no_forms)
    loads = Loads(["trustmary", "delighted"], at_once=1)

    with pytest.raises(KetteError, match="trustmary: the source is off") as refused:
        loads.take("trustmary")

    assert refused.value.fix
    assert [result.stream for result in loads.take("delighted")] == ["survey_responses"]


def test_a_process_that_dies_takes_no_other_with_it(
    vendors: Callable[[Any, Any], list[Emulator]],
) -> None:
    is_asked, is_over = threading.Event(), threading.Event()

    def silent(_: Request) -> Any:
        is_asked.set()
        is_over.wait(PATIENCE_SECONDS)
        return []

    vendors(silent, no_forms)
    loads = Loads(["delighted", "typeform"], at_once=2)
    try:
        assert is_asked.wait(PATIENCE_SECONDS)
        (process,) = (
            process for source, process in loads.processes.items() if source == "delighted"
        )
        psutil.Process(process.pid).kill()

        with pytest.raises(KetteError, match="delighted: the process that loaded it died"):
            loads.take("delighted")
        assert [result.stream for result in loads.take("typeform")] == ["forms", "responses"]
    finally:
        is_over.set()


def test_what_nobody_took_ends_with_the_run(
    vendors: Callable[[Any, Any], list[Emulator]],
) -> None:
    is_asked, is_over = threading.Event(), threading.Event()

    def silent(_: Request) -> Any:
        is_asked.set()
        is_over.wait(PATIENCE_SECONDS)
        return []

    vendors(silent, no_forms)
    loads = loading.of_run("one", lambda: ["delighted"], at_once=1)
    try:
        assert loading.of_run("one", list, at_once=1) is loads
        assert is_asked.wait(PATIENCE_SECONDS)
        process = psutil.Process(loads.processes["delighted"].pid)

        loading.end("one")

        assert not process.is_running()
        assert loads.processes == {}
    finally:
        is_over.set()


def loaded(source: str, run: str, began: str, ended: str | None) -> None:
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.load_ledger).values(
                load_id=f"{source}-{run}-{began}", run_id=run, source=source, stream="things",
                started_at=datetime.fromisoformat(began), status="loaded",
                finished_at=datetime.fromisoformat(ended) if ended else None,
            )
        )  # fmt: skip


def test_what_took_longest_begins_first() -> None:
    loads = [
        load for load in REGISTRY if load.source in {"delighted", "typeform", "tawk", "hubspot"}
    ]
    # nothing is known yet: the one with the most streams
    assert loading.longest_first(loads)[0] == "hubspot"

    loaded("delighted", "1", "2026-03-01T10:00", "2026-03-01T12:00")
    loaded("delighted", "2", "2026-03-02T10:00", "2026-03-02T10:01")
    loaded("typeform", "2", "2026-03-02T10:00", "2026-03-02T10:02")
    loaded("typeform", "2", "2026-03-02T10:02", "2026-03-02T10:05")
    loaded("tawk", "2", "2026-03-02T10:00", "2026-03-02T10:03")
    loaded("tawk", "3", "2026-03-03T10:00", None)

    assert loading.longest_first(loads) == ["typeform", "tawk", "delighted", "hubspot"]
