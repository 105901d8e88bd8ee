"""Calendly: sessions by their start alone, invitees one session at a time, and what keeps silent."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import CredentialsError, IncompleteAnswerError, KetteError
from ingestion.sandbox import faults, world
from ingestion.sandbox.server import serve_in_thread
from ingestion.sources import calendly
from tests.ingestion.sources.calendly.booking import HOST, Calendar, iso
from tests.ingestion.sources.calendly.loading import TODAY, asked_about, load, people
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request, gone, stored

if TYPE_CHECKING:
    from pathlib import Path


def read(reading: Reading, *, known: bool = False) -> dict[str, list[dict[str, Any]]]:
    """Read all streams as one run does."""
    reading.shared.clear()
    return {
        stream.name: reading.rows(stream.name, reading.reader(stream.name, known=known))
        for stream in calendly.LOAD.streams
    }


def test_all_pages_of_both_statuses_are_read_until_there_is_no_token(
    calendar: Calendar, vendor: Emulator, reading: Reading
) -> None:
    for number in range(5):
        calendar.book(f"a{number}", "2026-06-01 09:00", made="2026-05-20 09:00")
        calendar.book(f"c{number}", "2026-06-02 09:00", made="2026-05-20 09:00", status="canceled")
    found = read(reading)
    assert (len(found["scheduled_events"]), len(found["invitees"])) == (10, 10)
    asked = {request.params["status"] for request in vendor.asked("/scheduled_events")}
    assert asked == {"active", "canceled"}


def test_bookings_lie_far_ahead_and_the_window_reaches_a_year_from_30_days_back(
    calendar: Calendar, vendor: Emulator, reading: Reading
) -> None:
    calendar.book("long-ago", "2025-02-01 09:00", made="2025-01-20 09:00")
    calendar.book("far-ahead", "2027-05-01 09:00", made="2026-06-01 09:00")
    # the first load begins at the start date
    assert len(read(reading)["scheduled_events"]) == 2
    vendor.requests.clear()
    assert len(read(reading, known=True)["scheduled_events"]) == 1
    for asked in vendor.asked("/scheduled_events"):
        assert asked.params["min_start_time"] == "2026-05-16T00:00:00Z"
        assert asked.params["max_start_time"] == "2027-06-15T00:00:00Z"


def test_invitees_are_asked_for_only_where_a_session_is_new_or_changed(
    calendar: Calendar, vendor: Emulator, reading: Reading
) -> None:
    calendar.book("old", "2026-06-20 09:00", made="2026-06-01 09:00")
    calendar.book("last", "2026-06-21 09:00", made="2026-06-10 09:00")
    read(reading)
    assert asked_about(vendor) == ["old", "last"]
    # the last one read might have changed within the same moment
    read(reading, known=True)
    assert asked_about(vendor) == ["last"]

    event = calendar.events[f"{HOST}/scheduled_events/old"]
    event |= {"status": "canceled", "updated_at": iso("2026-06-14 20:00")}
    read(reading, known=True)
    assert asked_about(vendor) == ["last", "old"]


def test_a_reschedule_is_a_cancelled_booking_and_a_new_one_that_name_each_other(
    calendar: Calendar, reading: Reading
) -> None:
    first = calendar.book("first", "2026-06-20 09:00", made="2026-06-01 09:00")
    read(reading)
    second = calendar.book("second", "2026-06-25 09:00", made="2026-06-14 09:00")
    old, new = calendar.people[first["uri"]][0], calendar.people[second["uri"]][0]
    first |= {"status": "canceled", "updated_at": iso("2026-06-14 09:00")}
    old |= {"status": "canceled", "rescheduled": True, "new_invitee": new["uri"]}
    new |= {"old_invitee": old["uri"]}
    found = {row["uri"]: row["payload"] for row in read(reading, known=True)["invitees"]}
    assert found[old["uri"]]["new_invitee"] == new["uri"]
    assert found[new["uri"]]["old_invitee"] == old["uri"]


def test_who_is_marked_as_missing_leaves_no_trace_in_the_session_and_is_seen_the_next_day(
    calendar: Calendar, vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    calendar.book("missed", "2026-06-12 09:00", made="2026-06-01 09:00")
    calendar.book("long-over", "2026-06-02 09:00", made="2026-06-01 09:00")
    calendar.book("other", "2026-07-12 09:00", made="2026-06-14 09:00")
    read(reading)
    asked_about(vendor)
    read(reading, known=True)
    assert asked_about(vendor) == ["other"]

    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    read(reading, known=True)
    assert asked_about(vendor) == ["missed", "other"]
    # and not more often than once a day
    read(reading, known=True)
    assert asked_about(vendor) == ["other"]


def test_one_of_a_group_who_cancels_is_seen_the_next_day(
    calendar: Calendar, vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = calendar.book(
        "group", "2026-07-01 09:00", made="2026-05-01 09:00", invitees_counter={"limit": 20}
    )
    calendar.people[group["uri"]] += [
        calendar.person(group["uri"], f"i{number}", "2026-05-02 09:00") for number in (2, 3)
    ]
    calendar.book("other", "2026-07-12 09:00", made="2026-06-14 09:00")
    assert len(read(reading)["invitees"]) == 4
    asked_about(vendor)
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    read(reading, known=True)
    assert set(asked_about(vendor)) == {"group", "other"}


def test_a_time_in_the_future_keeps_no_later_change_out(
    calendar: Calendar, vendor: Emulator, reading: Reading
) -> None:
    calendar.book("wrong-clock", "2026-06-20 09:00", made="2026-06-01 09:00",
                  updated_at=iso("2999-01-01 00:00"))  # fmt: skip
    read(reading)
    calendar.book("later", "2026-06-21 09:00", made="2026-06-14 23:30")
    asked_about(vendor)
    read(reading, known=True)
    assert set(asked_about(vendor)) == {"wrong-clock", "later"}


def test_a_second_load_of_the_same_changes_no_row_and_is_cheap(
    calendar: Calendar, vendor: Emulator
) -> None:
    for number in range(8):
        calendar.book(f"e{number}", f"2026-06-0{number + 1} 09:00", made=f"2026-05-1{number} 09:00")
    load()
    rows = "select * exclude (_dlt_load_id, _dlt_id) from raw_calendly.{} order by all"
    before = [stored(rows.format(stream.name)) for stream in calendly.LOAD.streams]
    vendor.requests.clear()
    calendar.page_size = 100
    load()
    assert [stored(rows.format(stream.name)) for stream in calendly.LOAD.streams] == before
    # whose token it is, the kinds, both statuses, and the invitees of the last session
    assert len(vendor.requests) == 5


def test_a_first_load_that_is_cut_goes_on_where_it_was(
    calendar: Calendar, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendly, "CHECKPOINT_SESSIONS", 2)
    for number in range(6):
        calendar.book(f"e{number}", "2025-03-01 09:00", made=f"2025-02-0{number + 1} 09:00")
    true = calendar.answer

    def broken(request: Request) -> Any:
        return Reply(b"", 502) if request.path.endswith("e4/invitees") else true(request)

    vendor.answer = broken
    with pytest.raises(KetteError, match=r"calendly invitees.*status 502"):
        load()
    assert len(people("uri")) == 4

    vendor.answer = true
    vendor.requests.clear()
    load()
    # the last one read before the cut, and those that were missing
    assert asked_about(vendor) == ["e3", "e4", "e5"]
    assert len(people("uri")) == 6


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"message": "too many"}, 429, {"X-RateLimit-Reset": "30"}),
        Reply({"message": "too many"}, 429, {"Retry-After": "2"}),
        Reply(b"oops", 502),
        Reply({"collection": []}, reset=True),
        Reply(b"<html>Maintenance</html>"),
    ],
    ids=["429", "429 with wait", "502", "reset", "web page"],
)
def test_a_passing_fault_costs_no_booking(
    calendar: Calendar, vendor: Emulator, reading: Reading, fault: Reply
) -> None:
    for number in range(5):
        calendar.book(f"e{number}", "2026-06-01 09:00", made="2026-05-20 09:00")
    vendor.faults.update(dict.fromkeys(range(1, 60, 2), fault))
    assert len({row["uri"] for row in read(reading)["invitees"]}) == 5


def test_pages_that_repeat_end_with_an_error(
    calendar: Calendar, vendor: Emulator, reading: Reading
) -> None:
    true = calendar.answer

    def endless(request: Request) -> Any:
        body = true(request)
        if request.path == "/scheduled_events":
            body["pagination"]["next_page_token"] = "p0"
        return body

    calendar.book("e", "2026-06-01 09:00", made="2026-05-20 09:00")
    vendor.answer = endless
    with pytest.raises(IncompleteAnswerError, match="the pages repeat"):
        read(reading)


def test_bad_records_are_quarantined_and_the_ledger_closes(
    calendar: Calendar, vendor: Emulator
) -> None:
    event = calendar.book("e", "2026-06-01 09:00", made="2026-05-20 09:00")
    calendar.people[event["uri"]] += [
        "nonsense",  # type: ignore[list-item]  # what a vendor may send
        {"uri": None, "email": "nobody@kunde.example"},
        calendar.person(event["uri"], "i2", "2026-05-20 09:00", note="half \ud800"),
    ]
    found = load()["invitees"]
    assert (found.seen, found.loaded, found.quarantined) == (4, 1, 3)
    assert vendor.requests


def test_a_kind_of_session_that_was_deleted_is_known_as_gone(
    calendar: Calendar, vendor: Emulator
) -> None:
    calendar.types.append({"uri": f"{HOST}/event_types/t2", "updated_at": iso("2026-01-02 00:00")})
    load()
    del calendar.types[0]
    load()
    assert gone("calendly", "event_types", "uri") == {f"{HOST}/event_types/t1"}
    assert vendor.requests


def test_a_refused_token_is_named_but_not_shown(
    vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__CALENDLY__ACCESS_TOKEN", "another")
    with pytest.raises(CredentialsError, match="SOURCES__CALENDLY__") as refused:
        load()
    assert "another" not in str(refused.value)
    assert vendor.requests


# ----------------------------------------------------------------------------- the whole company


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small company; its name tells the seed, to repeat a failure."""
    seed = request.config.getoption("seed") or secrets.randbelow(100_000)
    made = tmp_path_factory.mktemp(f"company-of-seed-{seed}-")
    world.generate(made, customers=300, months=12, seed=seed, until=TODAY)
    return made


def test_all_bookings_of_the_company_arrive_through_faults(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setenv("KETTE_TODAY", TODAY.isoformat())
    with serve_in_thread(folder, clock=iter(range(10**9)).__next__) as sandbox:
        for name, value in sandbox.environment().items():
            monkeypatch.setenv(name, value)
        sandbox.faults.add(
            faults.at("calendly", "*", 2, faults.too_many(1)),
            faults.at("calendly", "*", 4, faults.status(500)),
            faults.at("calendly", "*", 6, faults.reset()),
            faults.at("calendly", "*", 8, faults.cut_gzip()),
        )
        load()
    arrived = (
        "select split_part(uri, '/', 7), payload->>'email', created_at, updated_at "
        "from raw_calendly.invitees order by 1"
    )
    told = (
        "select id, email, make_timestamptz(created_ms * 1000), make_timestamptz(updated_ms * 1000)"
        f" from '{folder}/calendly/invitees.parquet' order by 1"
    )
    assert stored(arrived) == stored(told)
    assert len(stored(told)) > 0
