"""Trustmary: lists that end with nothing, answers that grow, deletes by a date."""

from __future__ import annotations

import gzip
import json
import secrets
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ingestion.control import store
from ingestion.errors import CredentialsError, KetteError
from ingestion.loading.run import run, source_status
from ingestion.sandbox import world
from ingestion.sandbox.server import serve_in_thread
from ingestion.sources import trustmary
from ingestion.webhooks import inbox
from ingestion.webhooks.inbox import Message
from tests.ingestion.sources.emulator import (
    Emulator,
    Reading,
    Reply,
    Request,
    gone,
    only,
    stored,
)
from tests.ingestion.sources.trustmary.account import (
    KEY,
    Account,
    answer,
    contact,
    ids,
    moment,
)

if TYPE_CHECKING:
    from pathlib import Path


def answers(reading: Reading, *, known: bool = False) -> list[str]:
    """Return which answers a run reads."""
    reading.rows("surveys")
    return ids(reading.rows("answers", reading.reader("answers", known=known)), "answer_id")


def test_contacts_marked_as_deleted_are_asked_for_and_dated(
    account: Account, reading: Reading
) -> None:
    account.lists["/contacts"] = [contact(1), contact(2, deleted_at="2026-06-02T00:00:00+02:00")]
    dates = [row["deleted_at"] for row in reading.rows("contacts")]
    assert dates == [None, datetime(2026, 6, 1, 22, tzinfo=UTC)]


def test_only_surveys_that_moved_are_read_again_and_all_of_them_on_another_day(
    account: Account, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.add_survey("s1", answer("a1"))
    account.add_survey("s2", answer("b1"))
    assert answers(reading) == ["a1", "b1"]
    account.add_survey("s2", answer("b1"), answer("b2"))
    assert answers(reading, known=True) == ["b1", "b2"]
    assert answers(reading, known=True) == []

    # a late page moves neither the number of answers nor, for all we know, the survey's time
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    assert answers(reading, known=True) == ["a1", "b1", "b2"]


def test_answers_of_employees_are_not_read(
    account: Account, vendor: Emulator, reading: Reading
) -> None:
    account.add_survey("team", answer("a1"), type="employee")
    assert answers(reading) == []
    assert vendor.asked("/survey/team/responses") == []


def test_an_answer_may_come_wrapped_as_the_webhook_wraps_it(
    account: Account, reading: Reading
) -> None:
    account.add_survey("s1", {"answer": answer("a1")}, {"id": "a2", **moment(1)})
    assert answers(reading) == ["a1", "a2"]


def test_header_prefix_and_paths_are_settings(account: Account, vendor: Emulator) -> None:
    settings = trustmary.TrustmarySettings(
        base_url=vendor.url,
        api_key=KEY,
        key_header="X-Api-Key",
        key_prefix="",
        responses_path="/v2/{survey_id}",
        invitations_path="/sent",
    )
    reading = Reading(trustmary.LOAD, settings)
    account.add_survey("s1")
    account.lists["/v2/s1"] = [answer("a1")]
    account.lists["/sent"] = [{"id": "i1", "sent_at": "2026-06-01T10:00:00Z"}]

    def respond(request: Request) -> Any:
        assert request.headers["X-Api-Key"] == KEY
        signed = {**request.headers, "Authorization": f"Apikey {KEY}"}
        return account.answer(Request(request.method, request.path, request.params, signed, None))

    vendor.answer = respond
    assert answers(reading) == ["a1"]
    assert ids(reading.rows("invitations")) == ["i1"]


def test_without_a_path_invitations_are_not_asked_for(vendor: Emulator, reading: Reading) -> None:
    reader = reading.reader("invitations")
    assert reading.rows("invitations", reader) == []
    assert vendor.requests == []
    assert reader.chapter.is_partial


def test_a_path_without_a_survey_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__TRUSTMARY__RESPONSES_PATH", "/responses")
    status = source_status(trustmary.LOAD)
    assert (status.state, "RESPONSES_PATH" in status.reason) == ("broken", True)


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"message": "slow"}, 429, {"Retry-After": "2"}),
        Reply({"message": "slow"}, 429),
        Reply(b"oops", 502),
        Reply([], reset=True),
        Reply(b"<html>Maintenance</html>"),
        Reply(gzip.compress(json.dumps([contact(1)]).encode())[:-9],
              headers={"Content-Encoding": "gzip"}),
    ],
    ids=["429 with wait", "429", "502", "reset", "web page", "cut gzip"],
)  # fmt: skip
def test_a_passing_fault_costs_no_record(
    account: Account, vendor: Emulator, reading: Reading, fault: Reply
) -> None:
    account.lists["/contacts"] = [contact(number) for number in range(1, 6)]
    vendor.faults.update(dict.fromkeys(range(1, 9, 2), fault))
    assert ids(reading.rows("contacts")) == ["c1", "c2", "c3", "c4", "c5"]


def test_a_refused_key_is_named_but_not_shown(vendor: Emulator) -> None:
    settings = trustmary.TrustmarySettings(base_url=vendor.url, api_key="a-wrong-key")
    with pytest.raises(CredentialsError, match="SOURCES__TRUSTMARY__") as refused:
        Reading(trustmary.LOAD, settings).rows("contacts")
    assert "a-wrong-key" not in str(refused.value)


# ------------------------------------------------------------------------------------ the warehouse

ANSWERS = only(trustmary.LOAD, "surveys", "answers")


def test_a_run_that_breaks_off_is_exact_after_the_next_one_and_what_is_erased_is_gone(
    account: Account, vendor: Emulator
) -> None:
    account.add_survey("s1", *(answer(f"a{number}") for number in range(5)))
    # surveys and the first page of answers come; then nothing does
    vendor.faults.update(dict.fromkeys(range(4, 10), Reply(b"", 502)))
    with pytest.raises(KetteError, match="answers"):
        run(ANSWERS)
    held = "select answer_id from raw_trustmary.answers order by 1"
    assert stored(held) == []
    run(ANSWERS)
    assert stored(held) == [(f"a{number}",) for number in range(5)]

    account.add_survey(
        "s1", *(answer(f"a{number}", feedback="late page") for number in range(1, 5))
    )
    run(ANSWERS)
    assert gone("trustmary", "answers", "answer_id") == {"a0"}
    late = "select count(*) from raw_trustmary.answers where payload::text like '%late page%'"
    assert stored(late) == [(4,)]


def test_bad_records_are_quarantined_and_the_ledger_still_closes(account: Account) -> None:
    bad = {**answer("a3"), "created_at": {"not": "a time"}}
    account.add_survey("s1", answer("a1"), answer(""), bad, "no object")  # type: ignore[arg-type]  # as it must not come
    (_, found) = run(ANSWERS)
    assert (found.seen, found.loaded, found.quarantined) == (4, 1, 3)


# ----------------------------------------------------------------------------------------- webhooks


def receive(*bodies: Any) -> None:
    """Store messages as the receiver does."""
    inbox.store(
        [
            Message("trustmary", f"e{number}-{secrets.token_hex(4)}", None,
                    body if isinstance(body, bytes) else json.dumps(body).encode(), store.now())
            for number, body in enumerate(bodies)
        ]
    )  # fmt: skip


@pytest.fixture
def webhook_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn the source on without the API."""
    monkeypatch.delenv("SOURCES__TRUSTMARY__API_KEY")
    monkeypatch.setenv("SOURCES__TRUSTMARY__WEBHOOK_SECRET", "s3cret")


@pytest.mark.usefixtures("webhook_only")
def test_each_page_that_is_pushed_is_kept_and_drained_once() -> None:
    first = {"answer": {**answer("a1"), "survey_id": "s1"}}
    receive(first, {"answer": {**answer("a1", feedback="quick"), "survey_id": "s1"}}, first)
    receive(b"{broken", {"answer": {"answer_values": {}}}, [1])
    (contacts, found) = run(only(trustmary.LOAD, "contacts", "webhook_events"))
    assert "webhooks only" in contacts.note
    assert (found.seen, found.loaded, found.quarantined) == (5, 2, 3)
    assert stored("select answer_id, survey_id from raw_trustmary.webhook_events") == [
        ("a1", "s1"), ("a1", "s1"),
    ]  # fmt: skip
    assert run(only(trustmary.LOAD, "webhook_events"))[0].seen == 0


# ----------------------------------------------------------------------------- the whole company


def test_a_whole_company_arrives_and_a_second_load_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = secrets.randbelow(100_000)
    until = date(2026, 6, 1)
    world.generate(tmp_path, customers=300, months=12, seed=seed, until=until)

    def expected(query: str) -> set[Any]:
        return set(duckdb.sql(query.replace("world/", f"{tmp_path}/trustmary/")).fetchall())

    keys = {
        "contacts": ("id", "id, email from 'world/contacts.parquet'"),
        "surveys": ("id", "id, name from 'world/surveys.parquet'"),
        "answers": ("answer_id", "id, survey_id from 'world/answers.parquet'"),
        "invitations": ("id", "id, survey_id from 'world/invitations.parquet'"),
        "reviews": ("eid", "eid, source from 'world/reviews.parquet'"),
    }
    fields = {"contacts": "email", "surveys": "name", "answers": "survey_id",
              "invitations": "survey_id", "reviews": "source"}  # fmt: skip
    with serve_in_thread(tmp_path) as sandbox:
        for name, value in {**sandbox.environment(), "KETTE_TODAY": str(until)}.items():
            monkeypatch.setenv(name, value)
        run(trustmary.LOAD)
        for table, (key, query) in keys.items():
            field = fields[table]
            found = stored(f"select {key}, payload->>'{field}' from raw_trustmary.{table}")
            assert set(found) == expected(f"select {query}"), f"--seed {seed} {table}"
            assert len(found) == len(set(found))
        before = len(sandbox.requests)
        second = {each.stream: each for each in run(trustmary.LOAD)}
        assert (second["answers"].seen, second["invitations"].seen) == (0, 0)
        # contacts, lists, surveys and reviews, each with its empty end
        assert len(sandbox.requests) - before <= 8
        for table, (key, query) in keys.items():
            found = stored(f"select {key}, payload->>'{fields[table]}' from raw_trustmary.{table}")
            assert set(found) == expected(f"select {query}")
