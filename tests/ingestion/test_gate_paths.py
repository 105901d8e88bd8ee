"""Each class of bad record, over the wire and through both gates: page by page, and in bulk."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion.control import store, suppression, tables
from ingestion.http.client import Client
from ingestion.loading.run import run
from ingestion.sources import mixpanel
from tests.ingestion.fakes import query, source, stream, switch_on
from tests.ingestion.sources.emulator import Reply, Request, only, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Load, Reader, StreamResult

# stands in every record: it must be found in no log and no ledger
CANARY = "k4n4ry"
PERSON = "anna@example.org"
OVERSIZE = b'"' + b"x" * 1_000_001 + b'"'
TIME_MS = 1_779_000_000_000  # 17 May 2026
CLEANED = {
    "NUL": (rb'"a\u0000b"', "ab"),
    "NaN": (b"NaN", None),
    "infinity": (b"-Infinity", None),
}
REFUSED_NOTES = {
    "lone surrogate": rb'"\ud800"',
    "invalid UTF-8": b'"\xff\xfe"',
    "oversize": OVERSIZE,
    "integer over 63 bits": b"1180591620717411303424",
    "integer of 5,000 digits": b"1" * 5_000,
}
REFUSED_KEYS = {"null key": b"null", "empty key": b'""', "blank key": b'" "', "no text": b'{"a":1}'}


@dataclass(frozen=True)
class Record:
    """A record in pieces of JSON text."""

    key: bytes
    note: bytes = b"1"
    time: bytes = str(TIME_MS).encode()
    person: str = '"somebody"'


class Pages:
    """A vendor that answers with one page of records, loaded record by record."""

    def body(self, records: list[Record]) -> bytes:
        """Return the page."""
        parts = [
            b'{"id":%b,"amount":%b,"canary":"%b","person":%b,"note":%b}'
            % (r.key, r.time, CANARY.encode(), r.person.encode(), r.note)
            for r in records
        ]
        return b'{"items":[' + b",".join(parts) + b"]}"

    def load(self, url: str, monkeypatch: pytest.MonkeyPatch) -> Load:
        """Return the source."""
        switch_on(monkeypatch)

        def read(reader: Reader) -> Iterator[Any]:
            found = reader.client.get("things").json()["items"]
            yield [{"id": r["id"], "amount": r["amount"], "payload": r} for r in found]

        return source(stream(read), connect=lambda _settings: Client("fake", url))

    def stored(self) -> list[Any]:
        """Return key and note of what was loaded."""
        return query("select id, payload->>'note' from raw_fake.things order by 1")


class Bulk:
    """Mixpanel's export, parsed in whole blocks. The name of an event is a part of its key."""

    def body(self, records: list[Record]) -> bytes:
        """Return the export."""
        return b"".join(
            b'{"event":%b,"properties":{"time":%b,"distinct_id":%b,"canary":"%b","note":%b}}\n'
            % (r.key, r.time, r.person.encode(), CANARY.encode(), r.note)
            for r in records
        )

    def load(self, url: str, monkeypatch: pytest.MonkeyPatch) -> Load:
        """Return the source."""
        values = {
            "BASE_URL": url,
            "QUERY_BASE_URL": url,
            "PROJECT_ID": "4711",
            "SERVICE_ACCOUNT_USERNAME": "kette",
            "SERVICE_ACCOUNT_SECRET": "a secret",
            "START_DATE": "2026-05-10",
        }
        for name, value in values.items():
            monkeypatch.setenv(f"SOURCES__MIXPANEL__{name}", value)
        return only(mixpanel.LOAD, "export_events")

    def stored(self) -> list[Any]:
        """Return key and note of what was loaded."""
        return query("select event, properties->>'note' from raw_mixpanel.export_events order by 1")


@pytest.fixture(params=[Pages, Bulk], ids=["pages", "bulk"])
def path(request: pytest.FixtureRequest) -> Any:
    return request.param()


def loaded(
    path: Any, odd: Record, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> StreamResult:
    """Load the odd record between two good ones; nothing of any may be logged."""
    caplog.set_level(logging.DEBUG)
    body = path.body([Record(b'"first"'), odd, Record(b'"third"')])

    def answer(_: Request) -> Any:
        return Reply(body)

    with serve(answer) as vendor:
        load = path.load(vendor.url, monkeypatch)
        monkeypatch.setenv("KETTE_TODAY", "2026-05-25")
        (result,) = run(load)
    assert CANARY not in caplog.text
    assert CANARY not in str(store.ledger_history())
    kept = result.loaded + result.deduped + result.quarantined + result.suppressed
    assert result.seen == kept == 3
    return result


@pytest.mark.parametrize("kind", CLEANED)
def test_what_can_be_cleaned_is_loaded_and_recorded(
    path: Any, kind: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    note, expected = CLEANED[kind]
    loaded(path, Record(b'"odd"', note), monkeypatch, caplog)
    assert path.stored() == [("first", "1"), ("odd", expected), ("third", "1")]
    assert store.ledger_history()[0]["cleaned"] == 1


REFUSED = {
    **{kind: Record(b'"odd"', note) for kind, note in REFUSED_NOTES.items()},
    **{kind: Record(key) for kind, key in REFUSED_KEYS.items()},
    "wrong type": Record(b'"odd"', time=b'"yesterday"'),
    "number with underscores": Record(b'"odd"', time=b'"1_779_000_000_000"'),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_loaded_is_quarantined_with_reason_and_pointer(
    path: Any, kind: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    result = loaded(path, REFUSED[kind], monkeypatch, caplog)
    assert result.quarantined == 1
    assert [key for key, _ in path.stored()] == ["first", "third"]
    (kept,) = store.rows(sa.select(tables.quarantine))
    assert kept["reason"]
    assert (kept["stream"], kept["times_seen"]) == (result.stream, 1)
    (counted,) = store.quarantine_counts()
    assert counted["first_id"] == kept["id"]
    # what came is kept, byte by byte as far as it is text
    assert CANARY.encode() in kept["payload"] or kind == "oversize"
    assert CANARY not in kept["reason"]


def suppress(identifier: str) -> None:
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.suppressions).values(
                identifier_type="email",
                identifier_hash=suppression.identifier_hash(identifier),
                suppressed_at=store.now(),
            )
        )


def assert_nothing_is_kept(path: Any, result: StreamResult) -> None:
    assert (result.suppressed, result.quarantined) == (1, 0)
    assert [key for key, _ in path.stored()] == ["first", "third"]
    assert store.rows(sa.select(tables.quarantine)) == []


def test_records_of_erased_persons_are_suppressed(
    path: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    suppress(PERSON)
    odd = replace(Record(b'"odd"'), person=f'"{PERSON.upper()}"')
    assert_nothing_is_kept(path, loaded(path, odd, monkeypatch, caplog))


def test_an_erased_person_is_known_by_a_number_too(
    path: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    suppress("4711")
    odd = replace(Record(b'"odd"'), person="4711")
    assert_nothing_is_kept(path, loaded(path, odd, monkeypatch, caplog))


@pytest.mark.parametrize("kind", REFUSED)
def test_of_an_erased_person_no_bad_record_is_kept_either(
    path: Any, kind: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    suppress(PERSON)
    odd = replace(REFUSED[kind], person=f'"{PERSON}"')
    assert_nothing_is_kept(path, loaded(path, odd, monkeypatch, caplog))


def test_bytes_that_are_no_text_can_be_told_from_what_is_kept(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loaded(Pages(), Record(b'"odd"', b'"\xff\xfe"'), monkeypatch, caplog)
    (kept,) = store.rows(sa.select(tables.quarantine))
    note = json.loads(kept["payload"])["payload"]["note"]
    assert note.encode(errors="surrogateescape") == b"\xff\xfe"
