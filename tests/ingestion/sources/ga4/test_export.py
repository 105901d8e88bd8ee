"""The export of Google Analytics 4: every event once and in its day, nobody known who did not consent."""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion.control import store, suppression, tables
from ingestion.errors import IncompleteAnswerError, KetteError
from ingestion.loading.run import run, source_status
from ingestion.sources.ga4 import LOAD, shards
from tests.ingestion.fakes import query
from tests.ingestion.sources.emulator import only
from tests.ingestion.sources.ga4.conftest import DAYS
from tests.ingestion.sources.ga4.export import event, write

if TYPE_CHECKING:
    from pathlib import Path

    from ingestion.toolkit.source import StreamResult

ROWS = "select * exclude (_dlt_load_id, _dlt_id) from raw_ga4.events order by all"


def load(**dates: date) -> StreamResult:
    (result,) = run(only(LOAD, "events"), **dates)
    return result


def notes() -> list[str]:
    """Return the texts by which the tests tell events apart."""
    found: list[str] = []
    for payload in query("select payload from raw_ga4.events"):
        given = {each["key"]: each["value"] for each in json.loads(payload)["event_params"]}
        found.append(given["note"]["string_value"] if "note" in given else "")
    return sorted(found)


def touch(path: Path, seconds: int) -> None:
    """Let a file look as if it had been written at another time."""
    os.utime(path, (seconds, seconds))


def test_an_event_is_stored_with_its_moment_in_utc_and_the_propertys_day(folder: Path) -> None:
    # half past ten in the evening in UTC is the next day in Berlin
    late = event("2026-05-19", "22:30:00.123456", user_id="u1") | {"event_date": "20260520"}
    write(folder, "2026-05-20", [late])
    load()
    found = query(
        """select event_name, occurred_at, event_date, user_pseudo_id, user_id, shard, payload
        from raw_ga4.events where event_date = '2026-05-20'"""
    )
    assert len(found) == 1
    *values, payload = found[0]
    assert values == [
        "page_view",
        datetime(2026, 5, 19, 22, 30, 0, 123456, tzinfo=UTC),
        date(2026, 5, 20),
        "11.22",
        "u1",
        "events_20260520",
    ]
    assert json.loads(payload) == late


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "parquet", "avro.jsonl", "avro.jsonl.gz"])
def test_an_event_is_the_same_however_it_was_exported(ending: str, folder: Path) -> None:
    told = event(
        "2026-05-20", privacy_info={"analytics_storage": "Yes"}, batch_event_index="3",
        params={"page_location": 'https://a.example/?q={"string": 1}', "form_id": "f"},
    )  # fmt: skip
    write(folder, "2026-05-20", [told]).unlink()
    write(folder, "2026-05-20", [told, told], ending=ending)
    result = load()
    assert (result.seen, result.loaded, result.deduped, result.quarantined) == (8, 7, 1, 0)
    (payload,) = query("select payload from raw_ga4.events where event_date = '2026-05-20'")

    def plain(value: Any) -> Any:
        """Return a record without nulls."""
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items() if item is not None}
        if isinstance(value, list):
            return [plain(item) for item in value]
        return value

    assert plain(json.loads(payload)) == plain(told)


def test_a_shard_may_be_a_folder_of_files_or_several_of_them(folder: Path) -> None:
    pieces = folder / "events_20260517"
    pieces.mkdir()
    for number in range(3):
        told = event("2026-05-17", params={"note": f"piece {number}"})
        (pieces / f"part-{number:012}.json").write_text(json.dumps(told) + "\n")
    for number in range(2):
        told = event("2026-05-16", params={"note": f"file {number}"})
        (folder / f"events_20260516-{number:012}.jsonl").write_text(json.dumps(told))
    (folder / "users_20260517.jsonl").write_text("{}\n")
    load()
    assert notes() == [*DAYS, "file 0", "file 1", "piece 0", "piece 1", "piece 2"]


def test_an_older_shard_lacks_columns(folder: Path) -> None:
    new = {"collected_traffic_source": {"manual_source": "x"}, "batch_event_index": "1"}
    write(folder, "2026-05-18", [event("2026-05-18")], ending="parquet")
    write(folder, "2026-05-19", [event("2026-05-19", **new)], ending="parquet")
    for day in ("18", "19"):
        (folder / f"events_202605{day}.jsonl").unlink()
    assert load().loaded == len(DAYS)


def test_events_that_are_equal_as_a_whole_were_written_twice(folder: Path) -> None:
    same = event("2026-05-20", params={"note": "same"}, event_bundle_sequence_id="7")
    write(
        folder,
        "2026-05-20",
        [
            same,
            same,
            # all that tells events apart is the same, and yet they differ
            same | {"geo": {"city": "Kiel"}},
            same | {"event_bundle_sequence_id": "8"},
            same | {"batch_event_index": "2"},
            same | {"event_name": "scroll"},
            same | {"user_pseudo_id": "33.44"},
            event("2026-05-20", params={"note": "other"}, event_bundle_sequence_id="7"),
            event("2026-05-20", "10:00:00.000002", params={"note": "same"}),
        ],
    )
    result = load()
    assert (result.loaded, result.deduped) == (len(DAYS) - 1 + 8, 1)
    keys = query("select event_key from raw_ga4.events")
    assert len(set(keys)) == len(keys)
    assert [key[-2:] for key in keys if "-" in key] == ["-1"]


def test_a_second_load_changes_nothing(folder: Path) -> None:
    load()
    before = query(ROWS)
    result = load()
    # the last days alone are read again
    assert (result.seen, result.window) == (4, "2026-05-21 to 2026-05-24")
    assert query(ROWS) == before


def test_the_last_four_days_are_read_again_and_replaced(folder: Path) -> None:
    load()
    kept = (folder / "events_20260521.jsonl").stat()
    write(folder, "2026-05-21", [event("2026-05-21", params={"note": "2026-05-99"})])
    # a copy that says nothing of the change
    os.utime(folder / "events_20260521.jsonl", ns=(kept.st_atime_ns, kept.st_mtime_ns))
    write(folder, "2026-05-24", [event("2026-05-24"), event("2026-05-24", "11:00:00", "scroll")])
    write(folder, "2026-05-25", [event("2026-05-25", params={"note": "new"})])
    load()
    assert query("select count(*) from raw_ga4.events where event_date = '2026-05-24'") == [2]
    assert "new" in notes()
    assert "2026-05-21" in notes()
    # three days on it is too old to be looked at without a sign
    load(from_date=date(2026, 5, 21), to_date=date(2026, 5, 21))
    assert "2026-05-99" in notes()


def test_an_older_shard_is_replaced_where_its_file_changed(folder: Path) -> None:
    load()
    write(folder, "2026-05-18", [event("2026-05-18", params={"note": "rewritten"})])
    touch(folder / "events_20260518.jsonl", 1_900_000_000)
    load()
    assert notes() == [*DAYS[1:], "rewritten"]


def test_a_days_own_shard_replaces_its_intraday_one(folder: Path) -> None:
    write(folder, "2026-05-25", [event("2026-05-25", user_id=None)], kind="intraday_")
    load()
    assert query("select shard from raw_ga4.events where event_date = '2026-05-25'") == [
        "events_intraday_20260525"
    ]
    more = [event("2026-05-25", user_id="u1"), event("2026-05-25", "12:00:00")]
    # for some hours both are there; they are not added up
    write(folder, "2026-05-25", more)
    load()
    (folder / "events_intraday_20260525.jsonl").unlink()
    load()
    assert (
        query("select shard from raw_ga4.events where event_date = '2026-05-25'")
        == ["events_20260525"] * 2
    )


def test_a_fresh_shard_counts_before_an_intraday_one(folder: Path) -> None:
    write(folder, "2026-05-25", [event("2026-05-25")], kind="intraday_")
    write(folder, "2026-05-25", [event("2026-05-25"), event("2026-05-25", "11:00:00")], "fresh_")
    load()
    assert query("select distinct shard from raw_ga4.events where event_date = '2026-05-25'") == [
        "events_fresh_20260525"
    ]


def test_a_shard_that_is_gone_keeps_its_rows(folder: Path) -> None:
    # tables of a sandbox project expire after two months, and folders are tidied up
    load()
    before = query(ROWS)
    for day in DAYS[:3]:
        (folder / f"events_{day.replace('-', '')}.jsonl").unlink()
    load()
    assert query(ROWS) == before


@pytest.mark.parametrize("age", [0, 6], ids=["of yesterday", "of last week"])
def test_a_day_that_shrank_is_held_until_a_second_reading_agrees(age: int, folder: Path) -> None:
    day = DAYS[-1 - age]
    many = [event(day, f"10:00:{number:02}") for number in range(40)]
    write(folder, day, many)
    load()
    path = write(folder, day, many[:20])
    touch(path, 1_900_000_000)
    count = f"select count(*) from raw_ga4.events where event_date = '{day}'"
    assert load().status == "held"
    assert query(count) == [40]
    assert load().status == "loaded"
    assert query(count) == [20]


def test_whoever_did_not_consent_is_nobody(folder: Path) -> None:
    # the site sends its user id and its own parameters all the same
    told = event(
        "2026-05-20", cookie="99.88", user_id="u1", privacy_info={"analytics_storage": "No"},
        user_properties=[{"key": "email", "value": {"string_value": "ana@kunde.example"}}],
        params={"page_location": "https://a.example/", "customer_email": "ana@kunde.example",
                "booking_id": "b1"},
    )  # fmt: skip
    write(folder, "2026-05-20", [told, event("2026-05-20", cookie=None)])
    load()
    rows = query(
        """select user_pseudo_id, user_id, payload::varchar from raw_ga4.events
        where payload ->> '$.privacy_info.analytics_storage' = 'No'"""
    )
    ((cookie, user, payload),) = rows
    assert (cookie, user) == (None, None)
    for kept_back in ("ana@", "u1", "99.88", "b1", "ga_session_id", "user_properties"):
        assert kept_back not in payload
    assert "https://a.example/" in payload
    # without consent mode, a row without a cookie is as it is
    assert query("select count(*) from raw_ga4.events where user_pseudo_id is null") == [2]


def test_consent_that_is_not_told_is_no_refusal(folder: Path) -> None:
    write(folder, "2026-05-20", [event("2026-05-20", user_id="u1", privacy_info=None)])
    load()
    assert query("select user_id from raw_ga4.events where event_date = '2026-05-20'") == ["u1"]


def test_an_event_without_name_or_time_or_of_another_day_is_kept_aside(folder: Path) -> None:
    good = event("2026-05-20")
    write(
        folder,
        "2026-05-20",
        [
            good,
            good | {"event_name": " "},
            good | {"event_name": {"a": 1}},
            good | {"event_timestamp": None},
            good | {"event_timestamp": "soon"},
            good | {"event_timestamp": "-1"},
            event("2026-05-01"),
            good | {"event_date": "yesterday"},
        ],
    )
    result = load()
    assert (result.seen, result.loaded, result.quarantined) == (14, 7, 7)
    reasons = {row["reason"]: row["record_count"] for row in store.quarantine_counts()}
    assert reasons == {
        "the event has no name": 1,
        "the name of the event is no text": 1,
        "the event has no time": 2,
        "the time is none": 1,
        "the event is of another day than its shard": 2,
    }


@pytest.mark.parametrize(
    ("line", "is_loaded"),
    [
        (b"not JSON", False),
        (b'{"event_name": "x", "page": "\xff"}', False),
        (b'{"event_name": "x", "page": "\\ud83d"}', False),
        (b'{"event_name": "x", "user_id": 99999999999999999999}', False),
        (b'{"event_name": "x", "note": "' + b"a" * 1_000_001 + b'"}', False),
        (b"[1]", False),
        (json.dumps(event("2026-05-20", "12:00:00", page="a\0b")).encode(), True),
        (json.dumps(event("2026-05-20", "12:00:00", score=float("nan"))).encode(), True),
    ],
    ids=["text", "no UTF-8", "surrogate", "big number", "oversize", "list", "NUL", "NaN"],
)
def test_a_bad_line_costs_no_other(line: bytes, is_loaded: bool, folder: Path) -> None:
    path = folder / "events_20260520.jsonl"
    path.write_bytes(line + b"\n" + path.read_bytes())
    result = load()
    assert (result.quarantined, result.loaded) == (1 - is_loaded, len(DAYS) + is_loaded)


@pytest.mark.parametrize(
    "ending", ["jsonl", "jsonl.gz", "parquet"], ids=["half a line", "gzip cut", "half of Parquet"]
)
def test_a_file_that_is_still_being_copied_is_no_data(ending: str, folder: Path) -> None:
    path = write(folder, "2026-05-25", [event("2026-05-25", f"10:00:{n:02}") for n in range(9)],
                 ending=ending)  # fmt: skip
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3 - 10])
    with pytest.raises(IncompleteAnswerError, match=f"events_20260525.{ending}"):
        load()
    path.write_bytes(whole)
    load()
    assert query("select count(*) from raw_ga4.events") == [len(DAYS) + 9]


def test_a_long_history_is_committed_group_by_group_and_a_cut_run_resumed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "GROUP_BYTES", 1)
    path = folder / "events_20260522.jsonl.gz"
    path.write_bytes(gzip.compress(b"{}\n")[:-9])
    with pytest.raises(KetteError):
        load()
    assert notes() == DAYS[:4]
    path.unlink()
    result = load()
    assert notes() == DAYS
    # the last days and what was not read before
    assert result.seen == 4


def test_days_before_the_start_are_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__GA4__START_DATE", "2026-05-20")
    load()
    assert notes() == DAYS[2:]


@pytest.mark.parametrize("identifier", ["11.22", "U1"], ids=["cookie", "user"])
def test_a_suppressed_person_is_left_out(identifier: str, folder: Path) -> None:
    write(folder, "2026-05-20", [event("2026-05-20", user_id="u1"),
                                 event("2026-05-20", cookie="5.6", user_id="u1")])  # fmt: skip
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.suppressions).values(
                identifier_type="cookie_id",
                identifier_hash=suppression.identifier_hash(identifier),
                suppressed_at=store.now(),
            )
        )
    result = load()
    expected = (1, 7) if identifier == "11.22" else (6, 2)
    assert (result.loaded, result.suppressed) == expected


def test_a_folder_that_is_not_there_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__GA4__EXPORT_FOLDER", str(folder / "nowhere"))
    with pytest.raises(KetteError, match="SOURCES__GA4__EXPORT_FOLDER"):
        load()


@pytest.mark.parametrize(
    ("variables", "state"),
    [
        ({"EXPORT_FOLDER": "/exports"}, "on"),
        ({"PROPERTY_ID": "1", "API_CREDENTIALS": "token"}, "on"),
        ({}, "off"),
        ({"EXPORT_FOLDER": "/exports", "PROPERTY_ID": "1"}, "broken"),
        ({"EXPORT_FOLDER": "/exports", "LOOKBACK_DAYS": "0"}, "broken"),
        ({"PROPERTY_ID": "1", "API_CREDENTIALS": '{"type": "service_account"}'}, "broken"),
    ],
)
def test_the_export_the_api_or_both_turn_it_on(
    variables: dict[str, str], state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"SOURCES__GA4__{name}", value)
    assert source_status(LOAD).state == state
