"""Delighted: pages that shift, seconds since 1970, and an empty page at the end."""

from __future__ import annotations

import gzip
import secrets
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ingestion.errors import CredentialsError, IncompleteAnswerError, KetteError
from ingestion.loading.run import run
from ingestion.sandbox import world
from ingestion.sandbox.server import serve_in_thread
from ingestion.sources import delighted
from tests.ingestion.sandbox.handmade import at_s, hurrying
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request, serve, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "delighted-key"
STREAM = "survey_responses"


class Project:
    """A project with answers, in the order of their last change."""

    def __init__(self) -> None:
        self.answers: dict[str, dict[str, Any]] = {}
        self.page_size = 2
        self.counts_the_second_in = True
        self.after_page: Any = lambda _number: None
        self.pages = 0

    def add(self, name: str, updated: str, **more: Any) -> None:
        """Add an answer or change it."""
        moment = at_s(updated)
        self.answers[name] = {
            "id": name, "person": {"id": "p1", "email": "a@x.example"}, "survey_type": "ces",
            "score": 6, "created_at": moment, "updated_at": moment, **more,
        }  # fmt: skip

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        # base64 of "delighted-key:"
        if request.headers.get("Authorization") != "Basic ZGVsaWdodGVkLWtleTo=":
            return Reply({"status": 401, "message": "Invalid API key"}, 401)
        assert request.params["order"] == "asc:updated_at"
        since, page = int(request.params["updated_since"]), int(request.params["page"])
        since += not self.counts_the_second_in
        until = int(request.params.get("updated_until", 2**40))
        found = sorted(self.answers.values(), key=lambda each: (each["updated_at"], each["id"]))
        found = [each for each in found if since <= each["updated_at"] <= until]
        self.pages += 1
        shown = found[(page - 1) * self.page_size : page * self.page_size]
        self.after_page(self.pages)
        return shown


@pytest.fixture
def project() -> Project:
    return Project()


@pytest.fixture
def vendor(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setenv("KETTE_TODAY", "2026-06-15")
    with serve(project.answer) as emulator:
        yield emulator


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    settings = delighted.DelightedSettings(
        base_url=vendor.url, start_date=date(2026, 1, 1), api_key=KEY
    )
    return Reading(delighted.LOAD, settings)


def names(reading: Reading, *, known: bool = False, **dates: Any) -> list[str]:
    """Return which answers a run reads, in order."""
    reader = reading.reader(STREAM, known=known, **dates)
    return [row["id"] for row in reading.rows(STREAM, reader)]


@pytest.mark.parametrize("counted_in", [True, False], ids=["from a second on", "after a second"])
def test_answers_are_read_until_the_empty_page_each_once(
    project: Project, vendor: Emulator, reading: Reading, *, counted_in: bool
) -> None:
    project.counts_the_second_in = counted_in
    for number in range(1, 8):
        project.add(f"r{number}", f"2026-06-0{number} 10:00")
    assert names(reading) == [f"r{number}" for number in range(1, 8)]
    assert vendor.requests[0].params["expand[]"] == "person"
    assert vendor.requests[0].params["per_page"] == "100"


def test_many_answers_of_one_second_are_read_by_page(project: Project, reading: Reading) -> None:
    for number in range(9):
        project.add(f"r{number}", "2026-06-01 10:00")
    assert sorted(names(reading)) == [f"r{number}" for number in range(9)]


def test_an_answer_that_moves_to_the_end_while_pages_are_read_hides_no_other(
    project: Project, reading: Reading
) -> None:
    for number in range(1, 7):
        project.add(f"r{number}", f"2026-06-0{number} 10:00")

    def tag(number: int) -> None:
        if number == 1:
            project.add("r1", "2026-06-10 10:00", tags=["seen"])

    project.after_page = tag
    assert names(reading) == ["r1", "r2", "r3", "r4", "r5", "r6", "r1"]


def test_times_are_seconds_since_1970_and_a_person_may_be_an_id(
    project: Project, reading: Reading
) -> None:
    project.add("r1", "2026-06-01 10:00")
    project.add("r2", "2026-06-02 10:00", person="p9")
    first, second = reading.rows(STREAM)
    assert first["updated_at"] == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert (first["person_id"], second["person_id"]) == ("p1", "p9")


def test_a_later_run_reads_what_changed_since_an_hour_before_the_newest(
    project: Project, vendor: Emulator, reading: Reading
) -> None:
    project.add("r1", "2026-06-01 10:00")
    project.add("r2", "2026-06-02 10:00")
    names(reading)
    vendor.requests.clear()
    project.add("r1", "2026-06-03 10:00", tags=["seen"])
    assert names(reading, known=True) == ["r2", "r1"]
    assert vendor.requests[0].params["updated_since"] == str(at_s("2026-06-02 09:00"))
    before = dict(reading.states[STREAM])
    dates = {"from_date": date(2026, 6, 1), "to_date": date(2026, 6, 2)}
    assert names(reading, known=True, **dates) == ["r2"]
    assert reading.states[STREAM] == before


def test_a_time_that_lies_ahead_does_not_move_the_cursor_there(
    project: Project, reading: Reading
) -> None:
    project.add("ahead", "2999-01-01 10:00")
    project.add("r1", "2026-06-01 10:00")
    names(reading)
    project.add("r2", "2026-06-02 10:00")
    assert "r2" in names(reading, known=True)


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"status": 429}, 429, {"Retry-After": "2"}),
        Reply(b"oops", 500),
        Reply([], reset=True),
        Reply(gzip.compress(b"[]")[:-9], headers={"Content-Encoding": "gzip"}),
    ],
    ids=["429 with wait", "500", "reset", "cut gzip"],
)
def test_a_passing_fault_costs_no_answer(
    project: Project, vendor: Emulator, reading: Reading, fault: Reply
) -> None:
    for number in range(1, 6):
        project.add(f"r{number}", f"2026-06-0{number} 10:00")
    vendor.faults.update(dict.fromkeys(range(1, 20, 2), fault))
    assert names(reading) == ["r1", "r2", "r3", "r4", "r5"]


def test_pages_that_repeat_without_end_are_an_error(
    project: Project, vendor: Emulator, reading: Reading
) -> None:
    project.add("r1", "2026-06-01 10:00")
    always = list(project.answers.values())
    vendor.answer = lambda _request: always
    with pytest.raises(IncompleteAnswerError, match="repeat"):
        reading.rows(STREAM)
    assert len(vendor.requests) < 10


def test_a_refused_key_is_not_shown(vendor: Emulator) -> None:
    settings = delighted.DelightedSettings(
        base_url=vendor.url, start_date=date(2026, 1, 1), api_key="wrong-key"
    )
    with pytest.raises(CredentialsError) as refused:
        Reading(delighted.LOAD, settings).rows(STREAM)
    assert "wrong-key" not in str(refused.value)


def test_bad_records_are_quarantined_and_a_cut_run_is_resumed(
    project: Project, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__DELIGHTED__BASE_URL", vendor.url)
    monkeypatch.setenv("SOURCES__DELIGHTED__API_KEY", KEY)
    for number in range(1, 5):
        project.add(f"r{number}", f"2026-06-0{number} 10:00")
    project.add("bad", "2026-06-01 10:00", created_at={"not": "a time"})
    vendor.faults.update(dict.fromkeys(range(2, 8), Reply(b"", 502)))
    with pytest.raises(KetteError, match="status 502"):
        run(delighted.LOAD)
    rows = "select id, payload->'tags'->>0 from raw_delighted.survey_responses order by 1"
    assert stored(rows) == []
    (found,) = run(delighted.LOAD)
    assert (found.seen, found.loaded, found.quarantined) == (5, 4, 1)

    project.add("r4", "2026-06-05 10:00", tags=["seen"])
    run(delighted.LOAD)
    assert stored(rows) == [("r1", None), ("r2", None), ("r3", None), ("r4", "seen")]


def test_a_whole_company_arrives_and_a_second_load_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = secrets.randbelow(100_000)
    world.generate(tmp_path, customers=300, months=12, seed=seed, until=date(2026, 6, 1))
    files = f"'{tmp_path}/delighted/survey_responses.parquet'"
    expected = duckdb.sql(f"select id, person, score from {files} order by 1").fetchall()
    query = (
        "select id, person_id, (payload->>'score')::bigint from raw_delighted.survey_responses "
        "order by 1"
    )
    with serve_in_thread(tmp_path, clock=hurrying()) as sandbox:
        for name, value in {**sandbox.environment(), "KETTE_TODAY": "2026-06-01"}.items():
            monkeypatch.setenv(name, value)
        run(delighted.LOAD)
        assert stored(query) == expected, f"--seed {seed}"
        before = len(sandbox.requests)
        run(delighted.LOAD)
        assert stored(query) == expected
        assert len(sandbox.requests) - before <= 3
