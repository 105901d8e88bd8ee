"""Mixpanel's export as integrators met it: a test for each quirk that has none elsewhere."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion.control import store, suppression, tables
from ingestion.errors import CredentialsError, KetteError, ResumeLaterError
from tests.ingestion.fakes import query
from tests.ingestion.sources.emulator import Emulator, Reply
from tests.ingestion.sources.mixpanel.loading import load
from tests.ingestion.sources.project import PROJECT, Project, event

if TYPE_CHECKING:
    from tests.ingestion.sources.emulator import Request

EXPORT = "/api/2.0/export"
LATER = {"mp_processing_time_ms": 2_000_000_000_000}
USED_UP = Reply(
    {
        "request": "/api/2.0/export?from_date=2026-05-01",
        "error": "Query rate limit exceeded for project_id: 4711. 1/5 queries running "
        "concurrently and 61/60 queries running in the last hour.",
    },
    429,
)


def insert_ids() -> list[str]:
    return query("select insert_id from raw_mixpanel.export_events order by insert_id")


def properties() -> dict[str, Any]:
    """Return the properties of the only event."""
    (text,) = query("select properties from raw_mixpanel.export_events")
    found: dict[str, Any] = json.loads(text)
    return found


def key(name: str, person: str, time: int, insert_id: str) -> str:
    parts = [str(PROJECT), name, person, str(time), insert_id]
    return hashlib.md5("\x1f".join(parts).encode(), usedforsecurity=False).hexdigest()


def raw(each: dict[str, Any]) -> bytes:
    """Return an event as a line in which nothing is escaped that need not be."""
    return json.dumps(each, ensure_ascii=False).encode() + b"\n"


def test_refused_credentials_come_as_a_status_400_and_are_known_by_its_words(
    vendor: Emulator,
) -> None:
    vendor.faults[1] = Reply(b"Unable to authenticate request", 400)
    with pytest.raises(CredentialsError, match="the credentials are refused, status 400"):
        load()
    assert len(vendor.asked(EXPORT)) == 1


def test_a_plan_without_the_export_is_said_and_profiles_load_all_the_same(
    project: Project, vendor: Emulator
) -> None:
    project.profiles = [{"$distinct_id": "u1", "$properties": {}}]
    vendor.faults[1] = Reply({"error": "Your plan does not allow API calls"}, 402)
    with pytest.raises(KetteError, match="status 402: Your plan does not allow API calls"):
        load()
    assert query("select distinct_id from raw_mixpanel.engage_profiles") == ["u1"]


def test_a_429_without_retry_after_is_asked_again_and_costs_no_event(
    vendor: Emulator, waited: list[float]
) -> None:
    vendor.faults[1] = USED_UP
    load()
    assert insert_ids() == ["a1", "a2", "a3", "a4"]
    assert len(waited) == 1


def test_an_hour_that_is_used_up_ends_the_run_and_the_next_goes_on(
    vendor: Emulator, waited: list[float]
) -> None:
    vendor.faults = dict.fromkeys(range(1, 7), USED_UP)
    with pytest.raises(ResumeLaterError, match="too many requests"):
        load()
    # the pauses grow from one second to sixteen, each a fifth more at most
    assert sum(waited) <= 31 * 1.2
    load()
    assert insert_ids() == ["a1", "a2", "a3", "a4"]


def test_no_more_than_three_exports_are_sent_in_a_second(
    project: Project, waited: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    # a month, four times a year and a day, and the rest
    monkeypatch.setenv("SOURCES__MIXPANEL__START_DATE", "2022-01-01")
    load()
    assert len(project.exports) == 6
    assert sum(waited) == 1


def test_a_range_without_events_is_an_empty_body_and_no_failure(project: Project) -> None:
    project.events = []
    result = load()["export_events"]
    assert (result.status, result.seen, result.requests) == ("loaded", 0, 1)


def test_both_days_of_a_range_are_included(project: Project) -> None:
    project.events = [
        event("2026-05-19T23:59:59.999", "the day before"),
        event("2026-05-20T00:00:00", "first"),
        event("2026-05-21T23:59:59.999", "last"),
        event("2026-05-22T00:00:00", "the day after"),
    ]
    load(from_date=date(2026, 5, 20), to_date=date(2026, 5, 21))
    assert project.exports == [("2026-05-20", "2026-05-21")]
    assert insert_ids() == ["first", "last"]


def test_a_day_after_the_projects_today_is_never_asked_for(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(from_date=date(2026, 5, 24), to_date=date(2026, 6, 30))
    # at midnight in UTC it is still the 24th in New York
    monkeypatch.setenv("SOURCES__MIXPANEL__TIME_MODE", "project")
    monkeypatch.setenv("SOURCES__MIXPANEL__TIME_ZONE", "America/New_York")
    load(from_date=date(2026, 5, 24), to_date=date(2026, 6, 30))
    assert project.exports == [("2026-05-24", "2026-05-25"), ("2026-05-24", "2026-05-24")]


def test_no_limit_and_no_filter_is_sent_since_they_cut_and_do_not_page(vendor: Emulator) -> None:
    load()
    (request,) = vendor.asked(EXPORT)
    assert request.params == {
        "project_id": str(PROJECT),
        "from_date": "2026-05-01",
        "to_date": "2026-05-24",
        "time_in_ms": "true",
    }


def test_times_come_in_milliseconds_so_that_a_session_keeps_its_order(project: Project) -> None:
    project.events = [
        event("2026-05-20T10:00:00.750", "second"),
        event("2026-05-20T10:00:00.250", "first"),
    ]
    load()
    ordered = "select insert_id from raw_mixpanel.export_events order by occurred_at"
    assert query(ordered) == ["first", "second"]


def test_only_an_answer_of_more_than_1400_bytes_is_packed(
    project: Project, vendor: Emulator
) -> None:
    packed: list[bool] = []

    def answer(request: Request) -> Any:
        reply = project.answer(request)
        if request.path != EXPORT:
            return reply
        assert request.headers["Accept-Encoding"] == "gzip"
        packed.append(len(reply.body) > 1400)
        if not packed[-1]:
            return reply
        return Reply(gzip.compress(reply.body), headers={"Content-Encoding": "gzip"})

    vendor.answer = answer
    load(from_date=date(2026, 5, 20), to_date=date(2026, 5, 20))
    project.events += [event("2026-05-22T10:00:00", f"b{number}") for number in range(10, 40)]
    load(from_date=date(2026, 5, 21), to_date=date(2026, 5, 24))
    assert packed == [False, True]
    assert len(insert_ids()) == 34


def test_separators_and_a_carriage_return_inside_a_text_end_no_record(project: Project) -> None:
    note = "one\u2028two\u2029three\u0085four\rfive"
    sent = event("2026-05-20T10:00:00", "a1", note=note)
    project.spoiled[1] = lambda _: raw(sent).replace(b"\\r", b"\r")
    assert load()["export_events"].quarantined == 0
    assert properties() == sent["properties"]


def test_stray_bytes_behind_insert_id_are_dropped(project: Project) -> None:
    # no text at all, what stands for no text, a control character, the same escaped
    strays = [b"\xff\xfe", "\ufffd".encode(), b"\x01", b"\\u0001"]
    events = [event("2026-05-20T10:00:00", f"a{number}") for number in range(len(strays))]
    project.spoiled[1] = lambda _: b"".join(
        raw(each).replace(b"$insert_id", b"$insert_id" + stray)
        for each, stray in zip(events, strays, strict=True)
    )
    result = load()["export_events"]
    assert (result.loaded, result.quarantined) == (4, 0)
    assert query("select insert_id, event_key from raw_mixpanel.export_events order by 1") == [
        (f"a{number}", key("Page Viewed", "u1", each["properties"]["time"], f"a{number}"))
        for number, each in enumerate(events)
    ]


def test_names_that_differ_by_case_or_by_a_dollar_stay_apart(project: Project) -> None:
    twins = {"Id": 1, "id": 2, "ID": 3, "$plan": "a", "plan": "b", "UTM_source": "c"}
    project.events = [event("2026-05-20T10:00:00", "a1", **twins)]
    load()
    assert {name: properties()[name] for name in twins} == twins


def test_a_property_of_any_type_and_name_is_kept_as_it_was_sent(project: Project) -> None:
    odd = {
        "$browser_version": 127,
        "amount": 29.5,
        "is_paid": False,
        "list": ["a", 1, [None, {"b": True}]],
        "cart": {"items": [{"sku": "x", "count": 2}], "note": ""},
        "tiny": 5e-324,
        'a name with "quotes", a / and a . in it': "yes",
        "": "no name",
        "ключ 🙂": "значение",
        "time_zone": "undefined",
        "long": "x" * 255,
    }
    project.events = [event("2026-05-20T10:00:00", "a1", **odd)]
    load()
    assert properties() == project.events[0]["properties"]


def test_an_id_that_comes_as_a_number_is_the_same_as_in_text(project: Project) -> None:
    project.events = [
        event("2026-05-20T10:00:00", "a1", distinct_id=981),
        event("2026-05-20T10:00:00", "a1", distinct_id="981", **LATER),
    ]
    load()
    assert query("select event_key, distinct_id from raw_mixpanel.export_events") == [
        (key("Page Viewed", "981", project.events[0]["properties"]["time"], "a1"), "981")
    ]


def test_the_export_is_not_deduplicated_and_equal_events_count_once(project: Project) -> None:
    project.events = [event("2026-05-20T10:00:00", "a1")] * 3
    result = load()["export_events"]
    assert (result.seen, result.loaded, result.deduped) == (3, 1, 2)


def test_the_same_insert_id_later_on_the_same_day_is_one_event_as_processed_last(
    project: Project,
) -> None:
    project.events = [
        event("2026-05-20T00:00:00", "a1", note="last", **LATER),
        event("2026-05-20T23:59:59", "a1", note="first"),
    ]
    load()
    assert properties()["note"] == "last"


def test_the_same_insert_id_of_another_person_day_or_name_is_another_event(
    project: Project,
) -> None:
    project.events = [
        event("2026-05-20T10:00:00", "a1"),
        event("2026-05-20T10:00:00", "a1", distinct_id="u2"),
        event("2026-05-21T10:00:00", "a1"),
        event("2026-05-20T10:00:00", "a1", name="Signed Up"),
    ]
    assert load()["export_events"].loaded == 4


def test_events_without_insert_id_are_no_duplicates_unless_all_of_them_is_equal(
    project: Project,
) -> None:
    project.events = [
        event("2026-05-20T10:00:00", None, amount=1),
        event("2026-05-20T10:00:00", None, amount=2),
        event("2026-05-20T10:00:00", None, amount=2),
    ]
    assert load()["export_events"].loaded == 2


def test_a_rewritten_distinct_id_keeps_its_key_by_whichever_stamp(project: Project) -> None:
    stamps = ("$distinct_id_before_identity", "$preshuffle_distinct_id")
    project.events = [
        event("2026-05-22T10:00:00", insert_id, distinct_id="$device:d1", note=stamp)
        for stamp in stamps
        for insert_id in (f"with {stamp}", None)
    ]
    keys = "select event_key from raw_mixpanel.export_events order by 1"
    load()
    before = query(keys)
    for each in project.events:
        stamp = each["properties"]["note"]
        each["properties"] |= {"distinct_id": "u7", stamp: "$device:d1", "$is_reshuffled": True}
    load()
    assert len(set(before)) == 4
    assert query(keys) == before
    assert query("select distinct distinct_id from raw_mixpanel.export_events") == ["u7"]


def test_identity_events_are_events_like_others_and_keep_their_ids(project: Project) -> None:
    ids: dict[str, dict[str, Any]] = {
        "$create_alias": {"alias": "u2"},
        "$identify": {"$identified_id": "u1", "$anon_id": "d1"},
        "$merge": {"$distinct_ids": ["u1", "u3"]},
    }
    project.events = [
        event("2026-05-20T10:00:00", f"a{number}", name=name, **more)
        for number, (name, more) in enumerate(ids.items())
    ]
    load()
    found = query("select event, properties from raw_mixpanel.export_events order by event")
    assert [(name, json.loads(text)) for name, text in found] == [
        (each["event"], each["properties"]) for each in project.events
    ]


def test_an_erased_person_is_left_out_by_whichever_property_names_them(project: Project) -> None:
    names: dict[str, Any] = {
        "distinct_id": "U1 ",
        "$device_id": "u1",
        "$user_id": "u1",
        "$distinct_id_before_identity": "u1",
        "$preshuffle_distinct_id": "u1",
        "mp_original_distinct_id": "u1",
        "$identified_id": "u1",
        "$anon_id": "u1",
        "alias": "u1",
        "$distinct_ids": ["u5", "u1"],
    }
    project.events = [
        event("2026-05-20T10:00:00", f"by {name}", **{"distinct_id": "u5", name: value})
        for name, value in names.items()
    ]
    project.events.append(event("2026-05-20T10:00:00", "another", distinct_id="u5", note="u2"))
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.suppressions).values(
                identifier_type="user_id",
                identifier_hash=suppression.identifier_hash("u1"),
                suppressed_at=store.now(),
            )
        )
    result = load()["export_events"]
    assert (insert_ids(), result.suppressed) == (["another"], len(names))


def test_an_event_of_a_hot_shard_is_nobodys_and_tells_whose_it_was(project: Project) -> None:
    was = {"mp_original_event_name": "Signed Up", "mp_original_distinct_id": "bot"}
    project.events = [
        event("2026-05-20T10:00:00", "a1", name="$hotshard_events", distinct_id="", **was)
    ]
    load()
    assert query("select event, distinct_id from raw_mixpanel.export_events") == [
        ("$hotshard_events", None)
    ]
    assert {name: properties()[name] for name in was} == was


def test_an_event_that_comes_five_days_late_is_found(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    load()
    project.today = date(2026, 5, 26)
    monkeypatch.setenv("KETTE_TODAY", "2026-05-26")
    # it came on the 25th, after the run of that day
    project.events.append(event("2026-05-20T00:00:01", "late"))
    load()
    assert "late" in insert_ids()


def test_the_moment_of_processing_is_utc_in_older_projects_too(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__MIXPANEL__TIME_MODE", "project")
    monkeypatch.setenv("SOURCES__MIXPANEL__TIME_ZONE", "Europe/Berlin")
    # noon in Berlin, which is two hours ahead, processed five seconds later
    at = int(datetime(2026, 5, 20, 10, 0, 5, tzinfo=UTC).timestamp() * 1000)
    project.events = [event("2026-05-20T12:00:00", "a1", mp_processing_time_ms=at)]
    load()
    assert query("select occurred_at, processed_at from raw_mixpanel.export_events") == [
        (datetime(2026, 5, 20, 10, tzinfo=UTC), datetime(2026, 5, 20, 10, 0, 5, tzinfo=UTC))
    ]
