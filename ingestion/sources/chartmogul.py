"""ChartMogul: who pays how much for what, since when, and how that changed.

The API has no filter by change date. So each run lists customers, plans, subscriptions, invoices and
the metrics completely. Activities are read by whole months, because past ones vanish or get new ids
when invoices are edited or customers merged.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.errors import IncompleteAnswerError, KetteError
from ingestion.http.auth import BasicAuth
from ingestion.http.client import Client
from ingestion.http.rate_limits import Budget
from ingestion.records.times import add_months, month_of, parse_time, time_or_raw
from ingestion.toolkit.pagination import Cursors, records
from ingestion.toolkit.source import Load, Page, Reader, SourceSettings, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE_SIZE = 200
REQUESTS_PER_SECOND = 40
# the first run of a day reads all activities, since a merge of customers rewrites even the oldest;
# what changes during a day mostly lies in the last three months
READ_IN_FULL_EVERY = timedelta(days=1)
LOOK_BACK = timedelta(days=92)
# movements that are scheduled, e.g. a cancellation at the end of a two-year term
MONTHS_AHEAD = 24
# whatever zone an activity is written in, its day in UTC is at most one day off
ZONE_MARGIN = timedelta(days=1)
ROWS_PER_PAGE = 1000
# how the account counts; told only to who asks
ACCOUNT_SETTINGS = (
    "churn_recognition",
    "churn_when_zero_mrr",
    "auto_churn_subscription",
    "refund_handling",
    "proximate_movement_reclassification",
)


@configspec
class ChartMogulSettings(SourceSettings):
    """Settings of the source."""

    base_url: str = ""
    start_date: date | None = None
    api_key: TSecretStrValue | None = None


def connect(settings: ChartMogulSettings) -> Client:
    """Make the client of a run: the key is the user name, the password stays empty."""
    return Client(
        "chartmogul",
        settings.base_url,
        BasicAuth(settings.api_key),
        budgets=(Budget(REQUESTS_PER_SECOND, 1, "chartmogul/second"),),
    )


def listing(
    reader: Reader,
    path: str,
    key: str,
    params: dict[str, Any] | None = None,
    accept: tuple[int, ...] = (),
) -> Iterator[list[dict[str, Any]]]:
    """Yield the pages of one listing until ``has_more`` is false.

    The cursor does not tell the end: the last page carries one too, and even an empty page may.

    Args:
        reader: What the stream reads with.
        path: Path of the listing.
        key: Name under which an answer holds its entries.
        params: Filters.
        accept: Statuses that mean an empty listing.

    Raises:
        IncompleteAnswerError: An answer is no page of this listing, or the pages repeat.
    """
    where = f"chartmogul {path.rsplit('/', 1)[-1]}"
    cursors = Cursors(where)
    asked: dict[str, Any] = {**(params or {}), "per_page": PAGE_SIZE}
    while True:
        answer = reader.client.get(path, params=asked, accept=accept)
        if answer.status in accept:
            return
        body = answer.json()
        entries = body.get(key) if isinstance(body, dict) else None
        if not isinstance(entries, list) or not isinstance(body.get("has_more"), bool):
            raise IncompleteAnswerError(
                f"the answer is no page of {key}", where=where, fix="Run again later"
            )
        yield records(reader, entries)
        if not body["has_more"]:
            return
        asked["cursor"] = cursors.follow(body.get("cursor"))


def field(record: dict[str, Any], name: str) -> Any:
    """Return a field whichever way it is written: ``customer-uuid`` or ``customer_uuid``."""
    return record.get(name, record.get(name.replace("_", "-")))


def _is_lead(customer: dict[str, Any]) -> bool:
    return str(customer.get("status")).replace("_", " ").endswith("Lead")


def read_account(reader: Reader) -> Iterator[Page]:
    """Yield the one row about the account itself: its currency, its time zone, how it counts."""
    asked = {"include": ",".join(ACCOUNT_SETTINGS)}
    body = reader.client.get("/account", params=asked).json()
    if not isinstance(body, dict) or "currency" not in body:
        raise IncompleteAnswerError(
            "the answer describes no account", where="chartmogul account", fix="Run again later"
        )
    # a key opens one account; its name may change and would make two rows of it
    yield [{"id": body.get("id") or "account", "payload": body}]


def read_customers(reader: Reader) -> Iterator[Page]:
    """Yield all customers and remember who may have subscriptions."""
    paying: dict[str, None] = {}
    for entries in listing(reader, "/customers", "entries"):
        paying.update(
            (entry["uuid"], None)
            for entry in entries
            if isinstance(entry.get("uuid"), str) and entry["uuid"] and not _is_lead(entry)
        )
        yield [
            {"uuid": entry.get("uuid"), "external_id": entry.get("external_id"), "payload": entry}
            for entry in entries
        ]
    reader.shared["customers"] = list(paying)


def read_plans(reader: Reader) -> Iterator[Page]:
    """Yield all plans."""
    for entries in listing(reader, "/plans", "plans"):
        yield [
            {"uuid": entry.get("uuid"), "external_id": entry.get("external_id"), "payload": entry}
            for entry in entries
        ]


def read_subscriptions(reader: Reader) -> Iterator[Page]:
    """Yield all subscriptions: they are listed per customer only; leads have none."""
    customers = reader.shared.get("customers")
    if customers is None:
        raise IncompleteAnswerError(
            "the customers they belong to were not listed",
            where="chartmogul subscriptions",
            fix="Look at why the customers failed, then run again",
        )
    rows: list[dict[str, Any]] = []
    for number, customer in enumerate(customers, start=1):
        path = f"/customers/{quote(customer, safe='')}/subscriptions"
        # 404: deleted or merged since the customers were listed
        for entries in listing(reader, path, "entries", accept=(404,)):
            rows.extend(
                {"uuid": entry.get("uuid"), "customer_uuid": customer, "payload": entry}
                for entry in entries
            )
        if len(rows) >= ROWS_PER_PAGE:
            yield rows
            rows = []
        if number % 100 == 0:
            reader.progress(f"subscriptions of {number} of {len(customers)} customers")
    yield rows


def _first_day(reader: Reader) -> date:
    if reader.from_date is not None:
        return reader.from_date
    read_in_full = reader.state.get("read_in_full_on")
    is_due = (
        not reader.known
        or read_in_full is None
        or reader.today - date.fromisoformat(read_in_full) >= READ_IN_FULL_EVERY
    )
    start: date = reader.settings.start_date
    return start if is_due else max(start, reader.today - LOOK_BACK)


def months_between(first: date, last: date) -> list[date]:
    """Return the first day of each month from that of ``first`` to that of ``last``."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [add_months(first, number) for number in range(count)]


def read_activities(reader: Reader) -> Iterator[Page]:
    """Yield the movements of MRR of whole months, those ahead of today included."""
    first = _first_day(reader)
    months = months_between(first, reader.to_date or add_months(reader.today, MONTHS_AHEAD))
    if not months:
        raise KetteError("--from lies after --to", where="chartmogul activities")
    start, end = months[0], add_months(months[-1], 1) - timedelta(days=1)
    asked = {
        "start-date": _midnight(start - ZONE_MARGIN),
        "end-date": _midnight(end + ZONE_MARGIN + timedelta(days=1)),
        "order": "date",
    }
    reader.window(start, end)
    is_empty = True
    for entries in listing(reader, "/activities", "entries", asked):
        is_empty = is_empty and not entries
        yield list(_activities(reader, entries, start, end))
    if is_empty and reader.known:
        # a company without any movement for so long is rarer than a broken answer
        reader.note("no activities were shown: those that are stored were kept")
        return
    reader.covered(*(month_of(month) for month in months))
    if first <= reader.settings.start_date and reader.to_date is None:
        reader.state["read_in_full_on"] = reader.today.isoformat()


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _activities(
    reader: Reader, entries: list[dict[str, Any]], start: date, end: date
) -> Iterator[dict[str, Any]]:
    """Yield rows; those in the margin belong to months that are not read whole."""
    for entry in entries:
        key = entry.get("uuid", entry.get("id"))
        try:
            occurred_at = parse_time(entry.get("date"))
        except ValueError:
            reader.reject(entry, "date: not a time", None if key is None else str(key))
            continue
        if start <= occurred_at.date() <= end:
            yield {
                "uuid": key,
                "occurred_at": occurred_at,
                "activity_month": month_of(occurred_at),
                "customer_uuid": field(entry, "customer_uuid"),
                "payload": entry,
            }


def read_invoices(reader: Reader) -> Iterator[Page]:
    """Yield all valid invoices with their line items and transactions."""
    for entries in listing(reader, "/invoices", "invoices", {"validation_type": "valid"}):
        yield [
            {
                "uuid": entry.get("uuid"),
                "customer_uuid": field(entry, "customer_uuid"),
                "invoiced_at": time_or_raw(entry.get("date")),
                "payload": entry,
            }
            for entry in entries
        ]


def _metric(name: str, path: str, description: str) -> Stream:
    def read(reader: Reader) -> Iterator[Page]:
        """Yield a month per row; history is recomputed by the vendor, so always all of it."""
        span = {"start-date": str(reader.settings.start_date), "end-date": str(reader.today)}
        body = reader.client.get(path, params={**span, "interval": "month"}).json()
        entries = body.get("entries") if isinstance(body, dict) else None
        if not isinstance(entries, list):
            raise IncompleteAnswerError(
                "the answer holds no entries", where=f"chartmogul {name}", fix="Run again later"
            )
        reader.window(*span.values())
        yield [
            {"period_end": entry.get("date"), "payload": entry}
            for entry in records(reader, entries)
        ]

    return Stream(
        name=name,
        primary_key=("period_end",),
        columns={"period_end": "date", "payload": "json"},
        planned=("period_end",),
        description=description,
        read=read,
        lists_everything=True,
    )


LOAD = Load(
    source="chartmogul",
    settings=ChartMogulSettings,
    streams=(
        Stream(
            name="account",
            primary_key=("id",),
            columns={"id": "text", "payload": "json"},
            description="The ChartMogul account: currency and time zone of its figures, how it counts.",
            read=read_account,
        ),
        Stream(
            name="customers",
            primary_key=("uuid",),
            columns={"uuid": "text", "external_id": "text", "payload": "json"},
            description="A billing customer or lead.",
            read=read_customers,
            lists_everything=True,
        ),
        Stream(
            name="plans",
            primary_key=("uuid",),
            columns={"uuid": "text", "external_id": "text", "payload": "json"},
            description="A plan that customers subscribe to.",
            read=read_plans,
            lists_everything=True,
        ),
        Stream(
            name="subscriptions",
            primary_key=("uuid",),
            required=("customer_uuid",),
            columns={"uuid": "text", "customer_uuid": "text", "payload": "json"},
            description="A subscription of a customer to a plan.",
            read=read_subscriptions,
            lists_everything=True,
        ),
        Stream(
            name="activities",
            primary_key=("uuid",),
            required=("occurred_at",),
            columns={
                "uuid": "text",
                "occurred_at": "timestamp",
                "activity_month": "text",
                "customer_uuid": "text",
                "payload": "json",
            },
            description="A movement of a customer's MRR, in the past or scheduled.",
            planned=("occurred_at",),
            read=read_activities,
            replace_by="activity_month",
            guarded=True,
        ),
        Stream(
            name="invoices",
            primary_key=("uuid",),
            columns={
                "uuid": "text",
                "customer_uuid": "text",
                "invoiced_at": "timestamp",
                "payload": "json",
            },
            description="A valid invoice with its line items and transactions.",
            planned=("invoiced_at",),
            read=read_invoices,
            lists_everything=True,
        ),
        _metric("metrics_mrr", "/metrics/mrr", "ChartMogul's own MRR of a month, as a check."),
        _metric(
            "metrics_customer_count",
            "/metrics/customer-count",
            "ChartMogul's own number of customers at the end of a month, as a check.",
        ),
    ),
    description="Subscriptions, invoices and the movements of MRR",
    owner="data_engineering",
    cron="30 * * * *",
    fresh_within=timedelta(hours=26),
    credentials=("api_key",),
    connect=connect,
)
