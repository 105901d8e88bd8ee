"""Typeform: what people submitted in forms, and what they began and did not submit.

Responses are listed newest first and read on by ``before`` the last token. A run reads from one hour
before the point the last one reached, since responses show with some minutes' delay. What is deleted
at Typeform vanishes without a word: once a week all responses are listed, and what this does not show
is gone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.errors import IncompleteAnswerError
from ingestion.http.auth import BearerAuth
from ingestion.http.client import Client
from ingestion.http.rate_limits import Budget
from ingestion.records.times import time_or_raw
from ingestion.toolkit.pagination import Cursors, records
from ingestion.toolkit.source import Load, Reader, SourceSettings, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    Row = dict[str, Any]

SOURCE = "typeform"
FORMS_PAGE, RESPONSES_PAGE = 200, 1000
LOOK_BACK = timedelta(hours=1)
# what was begun may be submitted within the day; then it moves from one list to the other
BEGUN_LOOK_BACK = timedelta(days=1)
# how often all responses are listed, a thousand a request
LISTING_EVERY = timedelta(days=7)
# stands for: not submitted
NEVER_SUBMITTED = "0001-01-01"
GONE = 404


@configspec
class TypeformSettings(SourceSettings):
    """Settings of the source."""

    base_url: str = ""
    start_date: date | None = None
    access_token: TSecretStrValue | None = None


def connect(settings: TypeformSettings) -> Client:
    """Make the client of a run: two requests a second, as documented."""
    return Client(
        SOURCE,
        settings.base_url,
        BearerAuth(settings.access_token),
        budgets=(Budget(2, 1, "typeform/second"),),
    )


def _items(body: Any, where: str) -> list[Any]:
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise IncompleteAnswerError(
            "the answer holds no items", where=where, fix="Run again later; what was loaded stays"
        )
    return items


def read_forms(reader: Reader) -> Iterator[list[Row]]:
    """List all forms with their fields."""
    found: list[str] = []
    page = 1
    while True:
        asked = {"page": page, "page_size": FORMS_PAGE}
        body = reader.client.get("/forms", params=asked).json()
        items = records(reader, _items(body, f"{SOURCE} forms"))
        rows = []
        for item in items:
            name = item.get("id")
            path = f"/forms/{quote(str(name), safe='')}"
            # 404: deleted since the forms were listed
            whole = reader.client.get(path, accept=(GONE,)) if name else None
            fields = (whole.json() or {}).get("fields") if whole else None
            updated = time_or_raw(item.get("last_updated_at"))
            rows.append(
                {"id": name, "updated_at": updated, "payload": {**item, "fields": fields or []}}
            )
            found += [name] if isinstance(name, str) and name else []
        yield rows
        if len(items) < FORMS_PAGE:
            break
        page += 1
    reader.shared["forms"] = found


def read_responses(reader: Reader) -> Iterator[list[Row]]:
    """List the responses of all forms since the last run, once a week all of them.

    What was begun comes before what was submitted.
    """
    forms = reader.shared.get("forms")
    if forms is None:
        raise IncompleteAnswerError(
            "the forms they belong to were not listed",
            where=f"{SOURCE} responses",
            fix="Look at why the forms failed, then run again",
        )
    is_listing = _is_due(reader)
    if not is_listing:
        reader.partial()
    since = _first(reader) if is_listing else _since(reader)
    reader.window(since.date(), reader.to_date or reader.now.date())
    read_until = _read_until(reader)
    for form in forms:
        # a form that is new to this copy is read from the beginning
        start = since if form in read_until or reader.from_date else _first(reader)
        reader.progress(f"{SOURCE}: responses of {form}")
        for kind, look_back in (("started", BEGUN_LOOK_BACK), ("completed", LOOK_BACK)):
            yield from _listed(reader, form, kind, start - look_back)
        if reader.from_date is None:
            read_until[form] = reader.now.isoformat()
    reader.state["read_until"] = read_until
    # a form that went while it was read was not listed whole
    if is_listing and not reader.chapter.is_partial:
        reader.state["listed_on"] = reader.today.isoformat()


def _is_due(reader: Reader) -> bool:
    """Return whether all responses are to be listed."""
    listed_on = reader.state.get("listed_on") if reader.known else None
    if reader.from_date is not None:
        return False
    return not listed_on or reader.today - date.fromisoformat(listed_on) >= LISTING_EVERY


def _first(reader: Reader) -> datetime:
    start: date = reader.settings.start_date
    return datetime.combine(start, time.min, tzinfo=UTC)


def _since(reader: Reader) -> datetime:
    if reader.from_date is not None:
        return datetime.combine(reader.from_date, time.min, tzinfo=UTC)
    known = _read_until(reader)
    if not known:
        return _first(reader)
    # a clock that was ahead must not hide what comes
    return min(*(datetime.fromisoformat(text) for text in known.values()), reader.now)


def _read_until(reader: Reader) -> dict[str, str]:
    """Return how far each form was read; one that is deleted must not hold the others back."""
    known = reader.state.get("read_until", {}) if reader.known else {}
    return {form: until for form, until in known.items() if form in reader.shared["forms"]}


def _listed(reader: Reader, form: str, kind: str, since: datetime) -> Iterator[list[Row]]:
    where = f"{SOURCE} responses of {form}"
    cursors = Cursors(where)
    path = f"/forms/{quote(form, safe='')}/responses"
    asked: dict[str, Any] = {
        "page_size": RESPONSES_PAGE,
        "response_type": kind,
        "since": f"{since:%Y-%m-%dT%H:%M:%SZ}",
    }
    if reader.to_date is not None:
        asked["until"] = f"{reader.to_date + timedelta(days=1)}T00:00:00Z"
    while True:
        answer = reader.client.get(path, params=asked, accept=(GONE,))
        if answer.status == GONE:
            reader.partial()
            return
        items = records(reader, _items(answer.json(), where))
        yield [_row(form, item) for item in items]
        if len(items) < RESPONSES_PAGE:
            return
        # a record without a token must not cost those behind it
        asked["before"] = cursors.follow(
            next((item["token"] for item in reversed(items) if item.get("token")), None)
        )


def _row(form: str, item: Row) -> Row:
    submitted = str(item.get("submitted_at") or "")
    landed = time_or_raw(item.get("landed_at"))
    is_submitted = bool(submitted) and not submitted.startswith(NEVER_SUBMITTED)
    submitted_at = time_or_raw(submitted) if is_submitted else None
    return {
        "token": item.get("token") or item.get("response_id"),
        "form_id": form,
        "landed_at": landed,
        "submitted_at": submitted_at,
        "seen_at": submitted_at or landed,
        "payload": item,
    }


LOAD = Load(
    source=SOURCE,
    settings=TypeformSettings,
    streams=(
        Stream(
            name="forms",
            primary_key=("id",),
            columns={"id": "text", "updated_at": "timestamp", "payload": "json"},
            description="A form with its fields.",
            read=read_forms,
            lists_everything=True,
        ),
        Stream(
            name="responses",
            primary_key=("token",),
            columns={
                "token": "text",
                "form_id": "text",
                "landed_at": "timestamp",
                "submitted_at": "timestamp",
                "seen_at": "timestamp",
                "payload": "json",
            },
            description="A response that was begun or submitted.",
            read=read_responses,
            newest_by="seen_at",
            lists_everything=True,
        ),
    ),
    description="Forms and what was answered in them.",
    owner="data_engineering",
    cron="10 * * * *",
    fresh_within=timedelta(hours=26),
    credentials=("access_token",),
    connect=connect,
)
