"""Typeform: tokens to the end, what was begun, and a year one that means never."""

from __future__ import annotations

import gzip
import json
import secrets
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ingestion.errors import CredentialsError, IncompleteAnswerError, KetteError
from ingestion.loading.run import run
from ingestion.sandbox import world
from ingestion.sandbox.server import serve_in_thread
from ingestion.sources import typeform
from tests.ingestion.sandbox.handmade import hurrying
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request, gone, serve, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "typeform-token"


class Account:
    """An account with forms and their responses, newest first."""

    def __init__(self) -> None:
        self.forms: dict[str, list[dict[str, Any]]] = {}
        self.page_size = 2

    def add(self, form: str, token: str, submitted: str | None, landed: str = "") -> None:
        """Add a response; one that is there is replaced."""
        kept = [each for each in self.forms.get(form, []) if each["token"] != token]
        response = {
            "token": token, "landing_id": token, "landed_at": landed or submitted,
            "submitted_at": submitted or "0001-01-01T00:00:00Z", "hidden": {"user_id": "u1"},
            "calculated": {"score": 3}, "answers": [],
        }  # fmt: skip
        self.forms[form] = [*kept, response]

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Reply({"code": "AUTHENTICATION_FAILED", "description": "no"}, 403)
        _, _, *rest = request.path.split("/")
        if not rest:
            return {"items": [{"id": name, "title": name} for name in self.forms]}
        if rest[0] not in self.forms:
            return Reply({"code": "FORM_NOT_FOUND"}, 404)
        if len(rest) == 1:
            return {"id": rest[0], "fields": [{"id": "f1", "type": "nps"}]}
        is_begun = request.params["response_type"] == "started"
        field = "landed_at" if is_begun else "submitted_at"
        found = [
            each
            for each in self.forms[rest[0]]
            if each["submitted_at"].startswith("0001") == is_begun
            and request.params["since"] <= each[field] <= request.params.get("until", "9")
        ]
        found.sort(key=lambda each: (each[field], str(each["token"])), reverse=True)
        if before := request.params.get("before"):
            place = [each["token"] for each in found].index(before)
            found = found[place + 1 :]
        return {"total_items": len(found), "items": found[: self.page_size]}


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def vendor(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setattr("ingestion.sources.typeform.RESPONSES_PAGE", 2)
    monkeypatch.setenv("KETTE_TODAY", "2026-06-15")
    with serve(account.answer) as emulator:
        yield emulator


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    settings = typeform.TypeformSettings(
        base_url=vendor.url, start_date=date(2026, 1, 1), access_token=TOKEN
    )
    return Reading(typeform.LOAD, settings)


def tokens(reading: Reading, *, known: bool = False, **dates: Any) -> list[str]:
    """Return which responses a run reads."""
    reading.rows("forms")
    rows = reading.rows("responses", reading.reader("responses", known=known, **dates))
    return sorted(row["token"] for row in rows)


def test_responses_are_read_by_the_last_token_until_a_short_page(
    account: Account, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 6):
        account.add("f", f"t{number}", f"2026-06-0{number}T10:00:00Z")
    assert tokens(reading) == ["t1", "t2", "t3", "t4", "t5"]
    asked = [each for each in vendor.asked("/forms/f/responses")
             if each.params["response_type"] == "completed"]  # fmt: skip
    assert [each.params.get("before") for each in asked] == [None, "t4", "t2"]
    assert asked[0].params["page_size"] == "2"


def test_the_first_day_of_the_year_one_means_not_submitted(
    account: Account, reading: Reading
) -> None:
    account.add("f", "begun", None, landed="2026-06-01T10:00:00Z")
    account.add("f", "done", "2026-06-02T10:05:00Z", landed="2026-06-02T10:00:00Z")
    reading.rows("forms")
    rows = {row["token"]: row for row in reading.rows("responses")}
    assert rows["begun"]["submitted_at"] is None
    assert rows["begun"]["seen_at"] == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert rows["done"]["seen_at"] == datetime(2026, 6, 2, 10, 5, tzinfo=UTC)


def test_a_later_run_reads_from_an_hour_before_and_what_is_new_to_it_from_the_start(
    account: Account, vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.add("f", "t1", "2026-06-14T10:00:00Z")
    assert tokens(reading) == ["t1"]
    account.add("f", "seen late", "2026-06-14T23:30:00Z")
    account.add("f", "too late", "2026-06-14T22:30:00Z")
    account.add("new", "n1", "2026-02-01T10:00:00Z")
    vendor.requests.clear()
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    assert tokens(reading, known=True) == ["n1", "seen late"]
    since = {(each.path, each.params["response_type"]): each.params["since"]
             for each in vendor.requests if each.path.endswith("responses")}  # fmt: skip
    assert since == {
        ("/forms/f/responses", "completed"): "2026-06-14T23:00:00Z",
        ("/forms/f/responses", "started"): "2026-06-14T00:00:00Z",
        ("/forms/new/responses", "completed"): "2025-12-31T23:00:00Z",
        ("/forms/new/responses", "started"): "2025-12-31T00:00:00Z",
    }
    # asked for by hand, it reaches what came too late, and the cursor stays
    before = json.dumps(reading.states["responses"])
    assert "too late" in tokens(reading, known=True, from_date=date(2026, 6, 14))
    assert json.dumps(reading.states["responses"]) == before


def test_a_form_that_is_deleted_does_not_hold_the_others_back(
    account: Account, vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.add("f", "t1", "2026-06-14T10:00:00Z")
    account.add("deleted", "d1", "2026-06-14T10:00:00Z")
    assert tokens(reading) == ["d1", "t1"]
    del account.forms["deleted"]
    for today in ("2026-06-16", "2026-06-17"):
        monkeypatch.setenv("KETTE_TODAY", today)
        vendor.requests.clear()
        assert tokens(reading, known=True) == []
    since = {each.params["since"] for each in vendor.asked("/forms/f/responses")
             if each.params["response_type"] == "completed"}  # fmt: skip
    # an hour before the run before this one
    assert since == {"2026-06-15T23:00:00Z"}


def test_a_form_that_goes_while_it_is_read_is_passed_over(
    account: Account, vendor: Emulator, reading: Reading
) -> None:
    account.add("f", "t1", "2026-06-01T10:00:00Z")
    reading.shared["forms"] = ["gone", "f"]
    assert [row["token"] for row in reading.rows("responses")] == ["t1"]


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"code": "TOO_MANY_REQUESTS"}, 429, {"Retry-After": "2"}),
        Reply(b"oops", 503),
        Reply({"items": []}, reset=True),
        Reply(gzip.compress(b'{"items": []}')[:-9], headers={"Content-Encoding": "gzip"}),
    ],
    ids=["429 with wait", "503", "reset", "cut gzip"],
)
def test_a_passing_fault_costs_no_response(
    account: Account, vendor: Emulator, reading: Reading, fault: Reply
) -> None:
    for number in range(1, 6):
        account.add("f", f"t{number}", f"2026-06-0{number}T10:00:00Z")
    vendor.faults.update(dict.fromkeys(range(1, 14, 2), fault))
    assert tokens(reading) == ["t1", "t2", "t3", "t4", "t5"]


def test_a_token_that_repeats_ends_the_listing_with_an_error(
    account: Account, vendor: Emulator, reading: Reading
) -> None:
    account.add("f", "t1", "2026-06-01T10:00:00Z")
    reading.rows("forms")
    page = [{"token": "same", "landed_at": None}] * 2
    vendor.answer = lambda _request: {"items": page}
    with pytest.raises(IncompleteAnswerError, match="repeat"):
        reading.rows("responses")
    assert len(vendor.requests) < 10


def test_a_refused_token_is_not_shown(vendor: Emulator) -> None:
    settings = typeform.TypeformSettings(base_url=vendor.url, access_token="wrong-token")
    with pytest.raises(CredentialsError) as refused:
        Reading(typeform.LOAD, settings).rows("forms")
    assert "wrong-token" not in str(refused.value)


def test_what_was_begun_and_then_submitted_is_one_row_and_a_cut_run_is_resumed(
    account: Account, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__TYPEFORM__BASE_URL", vendor.url)
    monkeypatch.setenv("SOURCES__TYPEFORM__ACCESS_TOKEN", TOKEN)
    account.add("f", "t1", None, landed="2026-06-14T10:00:00Z")
    account.add("f", "t2", "2026-06-14T11:00:00Z")
    # forms, the form, what was begun; then nothing comes
    vendor.faults.update(dict.fromkeys(range(4, 10), Reply(b"", 502)))
    with pytest.raises(KetteError, match="responses"):
        run(typeform.LOAD)
    rows = "select token, submitted_at is not null from raw_typeform.responses order by 1"
    assert stored(rows) == []
    run(typeform.LOAD)
    assert stored(rows) == [("t1", False), ("t2", True)]

    account.add("f", "t1", "2026-06-15T10:00:00Z", landed="2026-06-14T10:00:00Z")
    account.forms["f"].append({"token": None, "landed_at": "2026-06-15T10:00:00Z",
                               "submitted_at": "2026-06-15T10:00:00Z"})  # fmt: skip
    _, found = run(typeform.LOAD)
    # the one without a token shows on the page behind, too
    assert (found.loaded, found.quarantined) == (1, 2)
    assert stored(rows) == [("t1", True), ("t2", True)]


def test_a_deleted_response_is_gone_and_a_late_one_there_with_the_weekly_listing(
    account: Account, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__TYPEFORM__BASE_URL", vendor.url)
    monkeypatch.setenv("SOURCES__TYPEFORM__ACCESS_TOKEN", TOKEN)
    for number in range(1, 6):
        account.add("f", f"t{number}", f"2026-06-0{number}T10:00:00Z")
    run(typeform.LOAD)
    account.forms["f"] = [each for each in account.forms["f"] if each["token"] != "t2"]
    account.add("f", "late", "2026-06-03T12:00:00Z")
    monkeypatch.setenv("KETTE_TODAY", "2026-06-21")
    run(typeform.LOAD)
    shown = "select count(*) from raw_typeform.responses where token = 'late'"
    assert (gone("typeform", "responses", "token"), stored(shown)) == (set(), [(0,)])
    monkeypatch.setenv("KETTE_TODAY", "2026-06-22")
    run(typeform.LOAD)
    assert (gone("typeform", "responses", "token"), stored(shown)) == ({"t2"}, [(1,)])


def test_a_whole_company_arrives_and_a_second_load_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    seed = secrets.randbelow(100_000)
    world.generate(tmp_path, customers=300, months=12, seed=seed, until=date(2026, 6, 1))
    files = f"'{tmp_path}/typeform/responses.parquet'"
    expected = duckdb.sql(f"select token, submitted_ms // 1000 from {files} order by 1").fetchall()
    query = "select token, epoch(submitted_at)::bigint from raw_typeform.responses order by 1"
    # two requests a second: the clock of the limit runs ahead
    with serve_in_thread(tmp_path, clock=hurrying()) as sandbox:
        for name, value in {**sandbox.environment(), "KETTE_TODAY": "2026-06-01"}.items():
            monkeypatch.setenv(name, value)
        run(typeform.LOAD)
        assert stored(query) == expected, f"--seed {seed}"
        before = len(sandbox.requests)
        run(typeform.LOAD)
        assert stored(query) == expected
        assert len(sandbox.requests) - before <= 4
