"""Trustmary: whom a company asks for an opinion, what they answer, and its reviews.

Lists are bare arrays that are read on by ``offset`` and end with an empty one. None can be asked for
by change date: contacts, surveys and reviews are listed whole in each run; answers are listed survey
by survey, those of all surveys once a day and in between those of surveys that moved. Answers are
also pushed, page by page as they are given; staging keeps the fullest version of each.
"""

from __future__ import annotations

from datetime import UTC, date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ingestion.errors import IncompleteAnswerError
from ingestion.records.json_text import loads
from ingestion.records.times import time_or_raw
from ingestion.settings import secret_text
from ingestion.sources.trustmary.api import (
    SOURCE,
    SURVEY,
    TrustmarySettings,
    connect,
    has_key,
    listing,
    not_whole,
)
from ingestion.toolkit.source import Load, Reader, Stream
from ingestion.webhooks import inbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ingestion.toolkit.source import Kept

    Row = dict[str, Any]

# answers of the own staff are nobody else's business
EMPLOYEES = "employee"


def _timed(entry: Row) -> Row:
    created = time_or_raw(entry.get("created_at"))
    return {
        "updated_at": time_or_raw(entry.get("updated_at")) or created,
        "deleted_at": time_or_raw(entry.get("deleted_at")),
        "payload": entry,
    }


def _key(entry: Row, *names: str) -> Any:
    return next((entry[name] for name in names if entry.get(name)), None)


def _named(*names: str) -> Callable[[Row], Row]:
    """Return how a row is made whose key is the first of these fields that an entry has."""
    return lambda entry: {names[0]: _key(entry, *names), **_timed(entry)}


def read_contacts(reader: Reader) -> Iterator[list[Row]]:
    """List all contacts, those marked as deleted included."""
    yield from listing(reader, "/contacts", _named("id", "email"), "id", {"includeAll": "true"})


def read_contact_lists(reader: Reader) -> Iterator[list[Row]]:
    """List the contact lists; they come all at once."""
    yield from listing(reader, "/lists", _named("id"), "id", has_pages=False)


def read_surveys(reader: Reader) -> Iterator[list[Row]]:
    """List all surveys and remember whose answers are to be read."""
    if not has_key(reader):
        return
    found: dict[str, str] = {}
    for rows in listing(reader, "/surveys", _named("id"), "id"):
        found.update(
            # what changes when an answer comes
            (str(entry["id"]), f"{entry.get('count')} {entry.get('updated_at')}")
            for entry in (row["payload"] for row in rows)
            if entry.get("id") and entry.get("type") != EMPLOYEES
        )
        yield rows
    reader.shared["surveys"], reader.shared["all_surveys"] = found, not reader.chapter.is_partial


def read_answers(reader: Reader) -> Iterator[list[Row]]:
    """List the answers of all surveys once a day, else of those that moved since."""
    if not has_key(reader):
        return
    surveys = reader.shared.get("surveys")
    if surveys is None:
        raise IncompleteAnswerError(
            "the surveys they belong to were not listed",
            where=f"{SOURCE} answers",
            fix="Look at why the surveys failed, then run again",
        )
    before = reader.state.get("surveys", {}) if reader.known and not _is_due(reader) else {}
    chosen = [name for name, mark in surveys.items() if before.get(name) != mark]
    if len(chosen) < len(surveys) or not reader.shared["all_surveys"]:
        reader.partial()
    for name in chosen:
        path = reader.settings.responses_path.replace(SURVEY, quote(name, safe=""))
        reader.progress(f"{SOURCE}: answers of {name}")
        yield from listing(reader, path, partial(_answer, survey=name), "answer_id")
    reader.state["surveys"] = surveys
    reader.state["read_in_full_on"] = reader.today.isoformat()


def _is_due(reader: Reader) -> bool:
    last = reader.state.get("read_in_full_on")
    is_asked = reader.from_date is not None
    return is_asked or last is None or date.fromisoformat(last) < reader.today


def unwrapped(entry: Row) -> Row:
    """Return an answer: webhooks wrap it once more."""
    inner = entry.get("answer")
    return inner if isinstance(inner, dict) else entry


def _answer(listed: Row, survey: str) -> Row:
    entry = unwrapped(listed)
    return {
        "answer_id": _key(entry, "answer_id", "id"),
        "survey_id": entry.get("survey_id") or survey,
        "created_at": time_or_raw(entry.get("created_at")),
        **_timed(entry),
    }


def read_invitations(reader: Reader) -> Iterator[list[Row]]:
    """List the invitations that were sent, once a day, where the account's API has such a list."""
    path = reader.settings.invitations_path
    if not path:
        not_whole(reader, "no path is set: invitations are not listed")
        return
    if not has_key(reader):
        return
    if reader.known and not _is_due(reader):
        not_whole(reader, "listed today already")
        return
    yield from listing(reader, path, _invitation, "id")
    reader.state["read_in_full_on"] = reader.today.isoformat()


def _invitation(entry: Row) -> Row:
    return {
        "id": entry.get("id"),
        "survey_id": entry.get("survey_id"),
        "sent_at": time_or_raw(entry.get("sent_at")),
        "payload": entry,
    }


def read_reviews(reader: Reader) -> Iterator[list[Row]]:
    """List all reviews, where the account's API has such a list."""
    yield from listing(reader, reader.settings.reviews_path, _named("eid", "id"), "eid")


def read_webhook_events(reader: Reader) -> Iterator[list[Row]]:
    """Drain the inbox; a rebuilt warehouse gets everything that ever came."""
    if not secret_text(reader.settings.webhook_secret):
        reader.note("no webhook secret is set: answers cannot be pushed")
    inbox.claim(SOURCE, reader.load_id, everything=not reader.known)
    for messages in inbox.claimed(SOURCE, reader.load_id):
        yield [row for message in messages if (row := _event(reader, message))]


def reread_webhook_event(reader: Reader, kept: Kept) -> Iterator[list[Row]]:
    """Yield the row of a message that was refused before, where it is understood now."""
    if row := _event(reader, inbox.again(SOURCE, kept)):
        yield [row]


def _event(reader: Reader, message: Row) -> Row | None:
    try:
        payload = loads(message["body"])
    except (ValueError, RecursionError):
        reader.reject(message["body"], "no JSON", message["event_id"])
        return None
    answer = unwrapped(payload) if isinstance(payload, dict) else {}
    if not answer.get("answer_id"):
        reader.reject(payload, "answer id missing", message["event_id"])
        return None
    return {
        "event_id": message["event_id"],
        "answer_id": answer["answer_id"],
        "survey_id": answer.get("survey_id"),
        "created_at": time_or_raw(answer.get("created_at")),
        "received_at": message["received_at"].replace(tzinfo=UTC),
        "payload": answer,
    }


def _mark_drained(load_id: str) -> None:
    inbox.mark_drained(SOURCE, load_id)


def _listed(
    name: str, key: str, description: str, read: Callable[[Reader], Iterator[list[Row]]]
) -> Stream:
    return Stream(
        name=name,
        primary_key=(key,),
        columns={
            key: "text",
            "updated_at": "timestamp",
            "deleted_at": "timestamp",
            "payload": "json",
        },
        description=description,
        read=read,
        lists_everything=True,
    )


LOAD = Load(
    source=SOURCE,
    settings=TrustmarySettings,
    streams=(
        _listed("contacts", "id", "A person who may be asked.", read_contacts),
        _listed("contact_lists", "id", "A list of contacts.", read_contact_lists),
        _listed("surveys", "id", "A survey.", read_surveys),
        Stream(
            name="answers",
            primary_key=("answer_id",),
            columns={
                "answer_id": "text",
                "survey_id": "text",
                "created_at": "timestamp",
                "updated_at": "timestamp",
                "deleted_at": "timestamp",
                "payload": "json",
            },
            description="An answer to a survey, with all its pages.",
            read=read_answers,
            newest_by="updated_at",
            lists_everything=True,
        ),
        Stream(
            name="invitations",
            primary_key=("id",),
            required=("sent_at",),
            columns={"id": "text", "survey_id": "text", "sent_at": "timestamp", "payload": "json"},
            planned=("sent_at",),
            description="An invitation to a survey that was sent.",
            read=read_invitations,
            lists_everything=True,
        ),
        _listed("reviews", "eid", "A review, written in Trustmary or elsewhere.", read_reviews),
        Stream(
            name="webhook_events",
            primary_key=("event_id",),
            required=("answer_id",),
            columns={
                "event_id": "text",
                "answer_id": "text",
                "survey_id": "text",
                "created_at": "timestamp",
                "received_at": "timestamp",
                "payload": "json",
            },
            description="An answer as it was pushed, once per page that was submitted.",
            read=read_webhook_events,
            reread=reread_webhook_event,
        ),
    ),
    description="Surveys: who was asked, what they answered, and reviews.",
    owner="data_engineering",
    cron="*/30 * * * *",
    fresh_within=timedelta(hours=26),
    credentials=("api_key",),
    alternative_credentials=("webhook_secret",),
    connect=connect,
    after_load=_mark_drained,
)
