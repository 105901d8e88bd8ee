"""WooCommerce: the orders of a shop, and what has become of each.

Orders are read by the time of their last change. What is put into the bin leaves that list, and
what is deleted for good leaves no trace: once a day all orders are listed with what tells whether
they are still as they were read, those in the bin too, and what this list does not show is gone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.http.auth import BasicAuth
from ingestion.http.client import Client
from ingestion.records.times import parse_time, time_or_raw
from ingestion.toolkit.pagination import NumberedPages
from ingestion.toolkit.source import Load, Reader, SourceSettings, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    Row = dict[str, Any]

SOURCE = "woocommerce"
ORDERS = "/wp-json/wc/v3/orders"
LOOK_BACK = timedelta(hours=1)
# history is read by when orders were made, in spans that are committed one by one
SPAN = timedelta(days=90)
# by id: an order that is changed while pages are read keeps its place
BY_ID = {"orderby": "id", "order": "asc"}
# what may change while the time of change stays: a payment service pays back, a program sets a state
TOLD_DAILY = ("status", "total", "refunds")


@configspec
class WoocommerceSettings(SourceSettings):
    """The shop's address and a key that may read."""

    base_url: str = ""
    consumer_key: TSecretStrValue | None = None
    consumer_secret: TSecretStrValue | None = None
    start_date: date | None = None


def connect(settings: WoocommerceSettings) -> Client:
    """Make the client of a run."""
    auth = BasicAuth(settings.consumer_key, settings.consumer_secret)
    return Client(SOURCE, settings.base_url, auth)


def read_orders(reader: Reader) -> Iterator[list[Row]]:
    """List the orders that changed since the last run; the first time all, from the oldest on."""
    if reader.from_date is not None:
        end = reader.to_date + timedelta(days=1) if reader.to_date else reader.now.date()
        yield from _made_between(reader, _midnight(reader.from_date), _midnight(end))
        return
    changed_until = reader.state.get("changed_until") if reader.known else None
    if changed_until is None:
        yield from _history(reader)
        return
    since = parse_time(changed_until)
    reader.window(since, reader.now)
    asked = {**BY_ID, "status": "any", "modified_after": _text(since), "dates_are_gmt": "true"}
    for entries in NumberedPages(reader, ORDERS, asked):
        yield [_row(entry) for entry in entries]
    reader.state["changed_until"] = (reader.now - LOOK_BACK).isoformat()


def _history(reader: Reader) -> Iterator[list[Row]]:
    """Read all orders span by span; a run that ends in between goes on with the next span."""
    state = reader.state
    if not reader.known or "history_until" not in state:
        state["history_until"] = _midnight(reader.settings.start_date).isoformat()
        state["history_begun"] = reader.now.isoformat()
    start = parse_time(state["history_until"])
    while start < reader.now:
        end = min(start + SPAN, reader.now)
        yield from _made_between(reader, start, end)
        state["history_until"] = end.isoformat()
        start = end
        if start < reader.now:
            reader.checkpoint()
    # what changed while history was read is read again
    state["changed_until"] = (parse_time(state.pop("history_begun")) - LOOK_BACK).isoformat()
    del state["history_until"]


def _made_between(reader: Reader, start: datetime, end: datetime) -> Iterator[list[Row]]:
    # both bounds are left out of what the shop lists: a second more on each side, none is lost
    asked = {
        **BY_ID,
        "status": "any",
        "after": _text(start - timedelta(seconds=1)),
        "before": _text(end + timedelta(seconds=1)),
        "dates_are_gmt": "true",
    }
    reader.window(start, end)
    for entries in NumberedPages(reader, ORDERS, asked):
        yield [_row(entry) for entry in entries]


def read_order_states(reader: Reader) -> Iterator[list[Row]]:
    """List all orders once a day, those in the bin included, with what may change unnoticed."""
    today = reader.today.isoformat()
    if reader.known and reader.state.get("listed_on") == today and reader.from_date is None:
        reader.note("listed today already")
        reader.partial()
        return
    for status in ("any", "trash"):
        asked = {**BY_ID, "status": status, "_fields": ",".join(("id", *TOLD_DAILY))}
        for entries in NumberedPages(reader, ORDERS, asked):
            yield [
                {"id": _id(entry), "status": entry.get("status"), "payload": entry}
                for entry in entries
            ]
    reader.state["listed_on"] = today


def _row(entry: Row) -> Row:
    return {
        "id": _id(entry),
        "status": entry.get("status"),
        "created_at": time_or_raw(entry.get("date_created_gmt")),
        "updated_at": time_or_raw(entry.get("date_modified_gmt")),
        "payload": entry,
    }


def _id(entry: Row) -> object:
    value = entry.get("id")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


LOAD = Load(
    source=SOURCE,
    settings=WoocommerceSettings,
    streams=(
        Stream(
            name="orders",
            primary_key=("id",),
            required=("status", "created_at"),
            columns={
                "id": "text",
                "status": "text",
                "created_at": "timestamp",
                "updated_at": "timestamp",
                "payload": "json",
            },
            description="An order, with who pays, what was bought and what was paid back.",
            read=read_orders,
            newest_by="updated_at",
        ),
        Stream(
            name="order_states",
            primary_key=("id",),
            required=("status",),
            columns={"id": "text", "status": "text", "payload": "json"},
            description="State, sum and refunds of an order by the daily listing; what it does not "
            "show is deleted.",
            read=read_order_states,
            lists_everything=True,
        ),
    ),
    description="Orders of a WooCommerce shop.",
    owner="data_engineering",
    cron="25 * * * *",
    fresh_within=timedelta(hours=26),
    credentials=("base_url", "consumer_key", "consumer_secret"),
    connect=connect,
)
