"""tawk.to: an inbox that is drained exactly once, and listings that repeat themselves."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion import control, load as ingestion_load, warehouse
from ingestion.errors import CredentialsError, IncompleteAnswerError, KetteError
from ingestion.sandbox import credentials, faults, push, world
from ingestion.sandbox.server import serve_in_thread
from ingestion.sources import tawk
from ingestion.webhooks import inbox
from ingestion.webhooks.inbox import Message
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request, serve
from tests.ingestion.webhooks.running import HOST, receiver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestion.sandbox.server import Sandbox

KEY, SECRET, PROPERTY = "tawk-rest-key", "tawk-secret", "5c659c297f688621d571cbb8"
TODAY = date(2026, 6, 15)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTE_TODAY", TODAY.isoformat())
    monkeypatch.setattr("ingestion.http.sleep", lambda _seconds: None)


def moment(text: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def item(number: int, created: str, updated: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a chat or ticket of a listing."""
    times = {
        "createdOn": f"{created}T10:00:00.000Z",
        "updatedOn": f"{updated or created}T10:00:00.000Z",
    }
    return {"id": f"id-{number}", **times, "deleted": False, **more}


class Property:
    """A tawk.to property in miniature.

    Args:
        paging: ``pages``: real pages and then empty ones · ``clamped``: the last page again and
            again · ``repeating``: the first page whatever is asked for.
    """

    def __init__(self, paging: str = "pages", page_size: int = 50) -> None:
        self.paging, self.page_size = paging, page_size
        self.items: dict[str, list[dict[str, Any]]] = {"chat": [], "ticket": []}

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        asked = request.body
        field = {"cso": "createdOn", "cuo": "updatedOn"}[asked["dateType"]]
        found = [
            each
            for each in self.items[request.path.strip("/").removesuffix(".list")]
            if asked["startDate"] <= each[field] <= asked["endDate"]
            and (not each["deleted"] or asked.get("deleted"))
        ]
        size = min(asked["size"], self.page_size)
        pages = [found[start : start + size] for start in range(0, len(found), size)] or [[]]
        if self.paging == "repeating":
            return {"ok": True, "data": pages[0]}
        page = asked["page"]
        if self.paging == "clamped":
            page = min(page, len(pages) - 1)
        return {"ok": True, "data": pages[page] if page < len(pages) else []}


@pytest.fixture
def account() -> Property:
    return Property()


@pytest.fixture
def vendor(account: Property) -> Iterator[Emulator]:
    with serve(account.answer) as emulator:
        yield emulator


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    settings = tawk.TawkSettings(
        base_url=vendor.url, api_key=KEY, property_id=PROPERTY, webhook_secret=SECRET
    )
    return Reading(tawk.LOAD, settings)


def ids(rows: list[dict[str, Any]], kind: str = "chat") -> set[str]:
    """Return which items were read."""
    return {row[f"{kind}_id"] for row in rows}


# ------------------------------------------------------------------------------------ the listings


@pytest.mark.parametrize("paging", ["pages", "clamped", "repeating"])
@pytest.mark.parametrize("count", [0, 3, 50, 170], ids=lambda count: f"{count} chats")
def test_every_chat_is_read_however_the_listing_repeats_itself(
    account: Property, reading: Reading, paging: str, count: int
) -> None:
    account.paging = paging
    days = [TODAY - timedelta(days=1 + 4 * number) for number in range(count)]
    account.items["chat"] = [item(n, day.isoformat()) for n, day in enumerate(days)]

    assert ids(reading.rows("chats")) == {f"id-{number}" for number in range(count)}


def test_a_page_delivered_twice_does_not_end_the_listing(
    account: Property, vendor: Emulator, reading: Reading
) -> None:
    def repeat_the_first(request: Request) -> Any:
        page = max(request.body["page"] - 1, 0)
        return account.answer(replace(request, body={**request.body, "page": page}))

    account.items["ticket"] = [item(number, "2026-06-01") for number in range(170)]
    vendor.answer = repeat_the_first

    assert len(ids(reading.rows("tickets"), "ticket")) == 170


def test_items_are_asked_for_by_creation_by_change_and_deleted_ones_too(
    account: Property, vendor: Emulator, reading: Reading
) -> None:
    account.items["chat"] = [
        item(1, "2026-06-01"),
        item(2, "2020-01-01", updated="2026-06-01"),
        item(3, "2026-06-01", deleted=True),
    ]
    rows = reading.rows("chats")

    assert ids(rows) == {"id-1", "id-2", "id-3"}
    by_id = {row["chat_id"]: row for row in rows}
    assert by_id["id-3"]["payload"]["deleted"] is True
    assert (by_id["id-2"]["created_at"], by_id["id-2"]["updated_at"]) == (
        moment("2020-01-01 10:00"),
        moment("2026-06-01 10:00"),
    )
    asked = vendor.asked("/chat.list")
    assert {request.body["propertyId"] for request in asked} == {PROPERTY}
    # base64 of "tawk-rest-key:"
    assert asked[0].headers["Authorization"] == "Basic dGF3ay1yZXN0LWtleTo="


def span(vendor: Emulator) -> tuple[str, str]:
    """Return from when to when chats were asked for."""
    asked = [request.body for request in vendor.asked("/chat.list")]
    return min(each["startDate"] for each in asked), max(each["endDate"] for each in asked)


def test_the_first_load_reads_24_months_and_later_ones_14_days(
    vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading.rows("chats")
    assert span(vendor) == ("2024-06-01T00:00:00Z", "2026-06-15T00:00:00Z")

    vendor.requests.clear()
    monkeypatch.setenv("KETTE_TODAY", "2026-06-17")
    reading.rows("chats", reading.reader("chats", known=True))
    # fourteen days before the point that the last load had reached
    assert span(vendor) == ("2026-06-01T00:00:00Z", "2026-06-17T00:00:00Z")


def test_a_span_can_be_read_again_without_moving_the_cursor(
    vendor: Emulator, reading: Reading
) -> None:
    reading.rows("chats")
    before = dict(reading.states["chats"])
    vendor.requests.clear()
    dates = {"from_date": date(2023, 1, 1), "to_date": date(2023, 1, 31)}
    reading.rows("chats", reading.reader("chats", known=True, **dates))

    assert span(vendor) == ("2023-01-01T00:00:00Z", "2023-02-01T00:00:00Z")
    assert reading.states["chats"] == before


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"ok": False, "error": "too many requests"}, 429, {"Retry-After": "2"}),
        Reply({"ok": False, "error": "too many requests"}, 429),
        Reply({"ok": False, "error": "internal"}),
        Reply(b"oops", 502),
        Reply({"ok": True, "data": []}, reset=True),
        Reply(b"<html>Maintenance</html>"),
    ],
    ids=["429 with wait", "429", "error with 200", "502", "reset", "web page"],
)
def test_a_passing_fault_costs_no_item(
    account: Property, vendor: Emulator, reading: Reading, fault: Reply
) -> None:
    account.items["chat"] = [item(number, "2026-06-01") for number in range(60)]
    vendor.faults.update(dict.fromkeys(range(1, 60, 2), fault))

    assert len(ids(reading.rows("chats"))) == 60


def test_an_answer_without_data_is_no_empty_answer(vendor: Emulator, reading: Reading) -> None:
    vendor.answer = lambda _request: {"ok": True}

    with pytest.raises(IncompleteAnswerError, match="tawk chats"):
        reading.rows("chats")


def test_a_refused_key_is_named_but_not_shown(vendor: Emulator, reading: Reading) -> None:
    vendor.faults[1] = Reply({"ok": False, "error": f"bad key {KEY}"}, 401)

    with pytest.raises(CredentialsError, match="SOURCES__TAWK__") as refused:
        reading.rows("chats")
    assert KEY not in str(refused.value)


def test_an_item_that_is_none_is_kept_aside(account: Property, reading: Reading) -> None:
    account.items["chat"] = [item(1, "2026-06-01")]
    reader = reading.reader("chats")
    account.answer = lambda request: {  # type: ignore[method-assign]  # one odd answer
        "data": ["no object", *account.items["chat"]] if request.body["page"] == 0 else []
    }
    with serve(account.answer) as odd:
        reader.client.base_url = f"{odd.url}/"
        assert ids(reading.rows("chats", reader)) == {"id-1"}
    assert {reject.reason for reject in reader.chapter.rejects} == {"no object"}


# --------------------------------------------------------------------------------- which half is on


@pytest.mark.parametrize(
    ("given", "state", "names"),
    [
        ({}, "off", "SOURCES__TAWK__API_KEY"),
        ({"API_KEY": KEY, "PROPERTY_ID": PROPERTY}, "on", ""),
        ({"WEBHOOK_SECRET": SECRET}, "on", ""),
        ({"API_KEY": KEY, "PROPERTY_ID": PROPERTY, "WEBHOOK_SECRET": SECRET}, "on", ""),
        ({"API_KEY": KEY}, "broken", "SOURCES__TAWK__PROPERTY_ID"),
        ({"API_KEY": KEY, "WEBHOOK_SECRET": SECRET}, "broken", "SOURCES__TAWK__PROPERTY_ID"),
    ],
    ids=["nothing", "listing", "webhook", "both", "no property", "webhook, no property"],
)
def test_the_source_is_on_with_either_half(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], state: str, names: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"SOURCES__TAWK__{name}", value)
    status = ingestion_load.source_status(tawk.LOAD)
    assert status.state == state
    assert names in status.reason


# -------------------------------------------------------------------------------------- the inbox

CHAT = {"event": "chat:start", "chatId": "c1", "time": "2026-06-01T09:12:17.019Z"}
TRANSCRIPT = {
    "event": "chat:transcript_created",
    "time": "2026-06-01T09:30:00.000Z",
    "chat": {"id": "c1", "messages": [{"sender": {"t": "v"}, "msg": "Hei!"}]},
}
TICKET = {"event": "ticket:create", "time": "2026-06-01T10:00:00.000Z", "ticket": {"id": "t1"}}


def receive(*bodies: Any) -> None:
    """Store messages as the receiver does; what is no JSON is given as bytes."""
    first = len(stored())
    inbox.store(
        [
            Message(
                "tawk",
                f"event-{first + number}",
                None,
                body if isinstance(body, bytes) else json.dumps(body).encode(),
                datetime(2026, 6, 1, 12),  # noqa: DTZ001 - as the control store keeps it
            )
            for number, body in enumerate(bodies)
        ]
    )


def stored() -> list[dict[str, Any]]:
    """Return the inbox."""
    return control.rows(sa.select(control.webhook_inbox).order_by(control.webhook_inbox.c.id))


@pytest.fixture
def webhook_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn the source on without the REST API."""
    monkeypatch.setenv("SOURCES__TAWK__WEBHOOK_SECRET", SECRET)


def loaded(query: str) -> list[Any]:
    """Return what a query finds in the warehouse."""
    with warehouse.connect() as connection:
        return connection.execute(query).fetchall()


EVENTS = "select event_id, event, chat_id, ticket_id from raw_tawk.webhook_events order by event_id"


@pytest.mark.usefixtures("webhook_only")
def test_the_inbox_is_drained_once_and_bad_messages_are_kept_aside() -> None:
    bad = [b"{broken", b"[1]", {"event": "chat:exploded"}, {"event": "chat:end"}, b"[" * 100_000]
    receive(CHAT, TRANSCRIPT, TICKET, *bad)
    events, chats, tickets = ingestion_load.run(tawk.LOAD)

    assert (events.seen, events.loaded, events.quarantined) == (8, 3, 5)
    assert (chats.seen, tickets.seen) == (0, 0)
    assert "webhooks only" in chats.note
    assert loaded(EVENTS) == [
        ("event-0", "chat:start", "c1", None),
        ("event-1", "chat:transcript_created", "c1", None),
        ("event-2", "ticket:create", None, "t1"),
    ]
    # the bad ones too: they are dealt with, and wait for nobody
    assert all(row["drained_at"] for row in stored())
    reasons = {row["reason"] for row in control.quarantine_counts()}
    assert reasons == {"no JSON", "unknown event type", "chat id missing"}

    again = ingestion_load.run(tawk.LOAD)[0]
    assert (again.seen, again.loaded) == (0, 0)
    receive(CHAT, {**CHAT, "chatId": "c2"})
    assert ingestion_load.run(tawk.LOAD)[0].loaded == 1
    assert len(loaded(EVENTS)) == 4


@pytest.mark.usefixtures("webhook_only")
def test_a_crash_between_the_load_and_the_mark_doubles_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def crash(*_: str) -> None:
        raise KetteError("killed")

    receive(CHAT, TICKET)
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "mark_drained", crash)
        with pytest.raises(KetteError):
            ingestion_load.run(tawk.LOAD)
    assert [row["drained_at"] for row in stored()] == [None, None]
    assert len(loaded(EVENTS)) == 2

    receive(TRANSCRIPT)
    ingestion_load.run(tawk.LOAD)
    assert len(loaded(EVENTS)) == 3
    assert all(row["drained_at"] for row in stored())


@pytest.mark.usefixtures("webhook_only")
def test_a_message_that_arrives_while_the_inbox_is_drained_waits_for_the_next_load(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    receive(CHAT)
    claim = inbox.claim

    def claim_and_receive(*arguments: Any, **named: Any) -> None:
        claim(*arguments, **named)
        receive(TICKET)

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "claim", claim_and_receive)
        ingestion_load.run(tawk.LOAD)
    assert [bool(row["drained_at"]) for row in stored()] == [True, False]
    assert len(loaded(EVENTS)) == 1


@pytest.mark.usefixtures("webhook_only")
def test_a_lost_warehouse_is_filled_from_the_inbox_again(kette_home: Path) -> None:
    receive(CHAT, TRANSCRIPT, TICKET)
    ingestion_load.run(tawk.LOAD)
    before = loaded(EVENTS)
    (kette_home / "warehouse.duckdb").unlink()
    ingestion_load.run(tawk.LOAD)
    assert loaded(EVENTS) == before


# ------------------------------------------------------------------------------------- the sandbox


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small company; its name tells the seed, to repeat a failure."""
    seed = request.config.getoption("seed") or secrets.randbelow(100_000)
    made = tmp_path_factory.mktemp(f"company-of-seed-{seed}-")
    world.generate(made, customers=300, months=12, seed=seed, until=TODAY)
    return made


@pytest.fixture
def sandbox(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Serve it, with limits that know no waiting."""
    with serve_in_thread(folder, clock=iter(range(10**9)).__next__) as served:
        for name, value in served.environment().items():
            monkeypatch.setenv(name, value)
        yield served


def told(folder: Path, table: str, key: str) -> list[Any]:
    """Return what the company's own table says, without the program that serves it."""
    return loaded(
        f"select {key}, make_timestamptz(updated_ms * 1000), is_deleted "
        f"from '{folder}/tawk/{table}.parquet' order by 1"
    )


@pytest.mark.usefixtures("webhook_only")
def test_all_chats_and_tickets_of_the_company_arrive_through_faults(
    sandbox: Sandbox, folder: Path
) -> None:
    sandbox.faults.add(
        faults.at("tawk", "*", 2, faults.too_many(1)),
        faults.at("tawk", "*", 4, faults.status(500)),
        faults.at("tawk", "*", 6, faults.reset()),
    )
    ingestion_load.run(tawk.LOAD)
    for table, key in (("chats", "chat_id"), ("tickets", "ticket_id")):
        query = (
            f"select {key}, updated_at, cast(payload ->> 'deleted' as boolean) "
            f"from raw_tawk.{table} order by 1"
        )
        assert loaded(query) == told(folder, table, key)
        assert len(told(folder, table, key)) > 0


@pytest.mark.usefixtures("webhook_only")
def test_a_second_load_changes_no_row(sandbox: Sandbox) -> None:
    rows = (
        "select property_id, chat_id, created_at, updated_at, payload::varchar from raw_tawk.chats"
    )
    ingestion_load.run(tawk.LOAD)
    before = sorted(loaded(rows))
    ingestion_load.run(tawk.LOAD)
    assert sorted(loaded(rows)) == before


@pytest.mark.usefixtures("sandbox")
def test_what_the_company_pushes_arrives_once(
    kette_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCES__TAWK__API_KEY")
    since = TODAY - timedelta(days=60)
    with receiver(kette_home, secret=credentials.TAWK_WEBHOOK_SECRET) as running:
        sent = push.push(folder, since=since, receiver=f"http://{HOST}:{running.port}")
    ingestion_load.run(tawk.LOAD)
    pushed = (
        "select event_id, event, make_timestamptz(time_ms * 1000), chat_id, ticket_id "
        f"from '{folder}/tawk/webhooks.parquet' where time_ms >= epoch_ms(date '{since}') "
        "order by 1"
    )
    arrived = (
        "select event_id, event, occurred_at, chat_id, ticket_id "
        "from raw_tawk.webhook_events order by 1"
    )
    assert loaded(arrived) == loaded(pushed)
    assert len(loaded(pushed)) == sent > 0
