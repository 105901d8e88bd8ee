"""Delighted: answers to its surveys, by the time they last changed.

The vendor announced its end for 30 June 2026. The source stays, because answers loaded before that
keep their place in the figures; exports are loaded by the source ``files``.

Pages shift while they are read, because an answer that is tagged or noted moves to the end. After
each page, the list is therefore read again from the last time seen. Page numbers are used only if
many answers share one second. The list ends with an empty page.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.errors import IncompleteAnswerError
from ingestion.http.auth import BasicAuth
from ingestion.http.client import Client
from ingestion.toolkit.pagination import records
from ingestion.toolkit.source import Load, Reader, SourceSettings, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    Row = dict[str, Any]

SOURCE = "delighted"
PER_PAGE = 100
LOOK_BACK = timedelta(hours=1)
# far beyond any company's: a list that never ends is a broken one
MOST_EMPTY_HANDED = 3


@configspec
class DelightedSettings(SourceSettings):
    """Settings of the source."""

    base_url: str = ""
    start_date: date | None = None
    api_key: TSecretStrValue | None = None


def connect(settings: DelightedSettings) -> Client:
    """Make the client of a run: the key is the user name, the password stays empty."""
    return Client(SOURCE, settings.base_url, BasicAuth(settings.api_key))


def read_survey_responses(reader: Reader) -> Iterator[list[Row]]:
    """List the answers that changed since the last run, with the person of each."""
    since = int(_since(reader).timestamp())
    reader.window(datetime.fromtimestamp(since, UTC).date(), reader.to_date or reader.now.date())
    newest = reader.state.get("updated_until", 0)
    known: set[tuple[str, object]] = set()
    page, empty_handed = 1, 0
    while True:
        entries = _page(reader, since, page)
        if not entries:
            break
        found = records(reader, entries)
        fresh = [each for each in found if _mark(each) not in known]
        known.update(_mark(each) for each in found)
        yield [_row(each) for each in fresh]
        times = [each["updated_at"] for each in found if _is_seconds(each.get("updated_at"))]
        newest = max([newest, *(moment for moment in times if moment <= reader.now.timestamp())])
        empty_handed = 0 if fresh else empty_handed + 1
        if empty_handed > MOST_EMPTY_HANDED:
            raise IncompleteAnswerError(
                "the pages repeat and bring nothing new",
                where=f"{SOURCE} survey_responses",
                fix="Run again later; if it stays so, tell the vendor's support",
            )
        # one second is read again: whether the vendor counts it in is not documented
        since, page = (max(times) - 1, 1) if times and max(times) - 1 > since else (since, page + 1)
    if reader.from_date is None:
        reader.state["updated_until"] = newest


def _since(reader: Reader) -> datetime:
    start: date = reader.from_date or reader.settings.start_date
    read_until = reader.state.get("updated_until") if reader.known else None
    if reader.from_date is None and read_until:
        return datetime.fromtimestamp(read_until, UTC) - LOOK_BACK
    return datetime.combine(start, time.min, tzinfo=UTC)


def _page(reader: Reader, since: int, page: int) -> list[Any]:
    asked: dict[str, Any] = {
        "per_page": PER_PAGE,
        "page": page,
        "order": "asc:updated_at",
        "updated_since": since,
        "expand[]": "person",
    }
    if reader.to_date is not None:
        end = datetime.combine(reader.to_date + timedelta(days=1), time.min, tzinfo=UTC)
        asked["updated_until"] = int(end.timestamp())
    entries = reader.client.get("/survey_responses.json", params=asked).json()
    if not isinstance(entries, list):
        raise IncompleteAnswerError(
            "the answer is no list", where=f"{SOURCE} survey_responses", fix="Run again later"
        )
    return entries


def _mark(entry: Row) -> tuple[str, object]:
    return str(entry.get("id")), str(entry.get("updated_at"))


def _is_seconds(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _moment(value: object) -> object:
    """Return a moment from seconds since 1970; what is none is the gate's to judge."""
    if not _is_seconds(value):
        return value
    try:
        return datetime.fromtimestamp(int(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return str(value)


def _row(entry: Row) -> Row:
    person = entry.get("person")
    return {
        "id": entry.get("id"),
        "person_id": person.get("id") if isinstance(person, dict) else person,
        "created_at": _moment(entry.get("created_at")),
        "updated_at": _moment(entry.get("updated_at")),
        "payload": entry,
    }


LOAD = Load(
    source=SOURCE,
    settings=DelightedSettings,
    streams=(
        Stream(
            name="survey_responses",
            primary_key=("id",),
            required=("created_at",),
            columns={
                "id": "text",
                "person_id": "text",
                "created_at": "timestamp",
                "updated_at": "timestamp",
                "payload": "json",
            },
            description="An answer to a survey, with the person.",
            read=read_survey_responses,
            newest_by="updated_at",
        ),
    ),
    description="Answers to Delighted's surveys.",
    owner="data_engineering",
    cron="20 * * * *",
    fresh_within=timedelta(hours=26),
    credentials=("api_key",),
    connect=connect,
)
