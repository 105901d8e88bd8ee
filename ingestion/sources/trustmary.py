"""Trustmary: whom a company asks for an opinion, what they answer, and its reviews.

Lists are bare arrays that are read on by ``offset`` and end with an empty one. None can be asked for
by change date: contacts, surveys and reviews are listed whole in each run; answers are listed survey
by survey, those of all surveys once a day and in between those of surveys that moved. Answers are
also pushed, page by page as they are given; staging keeps the fullest version of each.
"""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.auth import SecretAuth
from ingestion.errors import IncompleteAnswerError, KetteError
from ingestion.http import Budget, Client
from ingestion.jsontext import loads
from ingestion.paging import records
from ingestion.settings import secret_text
from ingestion.stream import Load, Reader, SourceSettings, Stream
from ingestion.times import time_or_raw
from ingestion.webhooks import inbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from requests import PreparedRequest

    Row = dict[str, Any]

SOURCE = "trustmary"
# no limit is documented
REQUESTS_PER_SECOND = 5
# a page may be delivered twice by mistake; twice in a row nothing new is how a list ends that knows
# no offset
STALE_PAGES = 2
# answers of the own staff are nobody else's business
EMPLOYEES = "employee"
GONE = 404
SURVEY = "{survey_id}"


@configspec
class TrustmarySettings(SourceSettings):
    """The API's key, the webhook's secret, or both; paths where an account's API differs."""

    base_url: str = ""
    api_key: TSecretStrValue | None = None
    key_header: str = "Authorization"
    key_prefix: str = "Apikey"
    responses_path: str = "/survey/{survey_id}/responses"
    reviews_path: str = "/reviews"
    invitations_path: str = ""
    webhook_secret: TSecretStrValue | None = None

    def check(self) -> None:
        """Refuse a path of answers that names no survey."""
        if SURVEY not in self.responses_path:
            raise KetteError(
                f"it does not hold {SURVEY}",
                where="SOURCES__TRUSTMARY__RESPONSES_PATH",
                fix="Write it as /survey/{survey_id}/responses",
            )


class KeyAuth(SecretAuth):
    """A key in a header of any name, behind any word."""

    def __init__(self, name: str, prefix: str, key: Any) -> None:
        super().__init__(key)
        self._name, self._prefix, self._key = name, prefix, secret_text(key)

    def header(self) -> str:
        """Return the value of the header."""
        return f"{self._prefix} {self._key}".strip()

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request."""
        request.headers[self._name] = self.header()
        return request


def connect(settings: TrustmarySettings) -> Client | None:
    """Return a client of the API, or None where there is no key to it."""
    if not secret_text(settings.api_key):
        return None
    return Client(
        SOURCE,
        settings.base_url,
        KeyAuth(settings.key_header, settings.key_prefix, settings.api_key),
        budgets=(Budget(REQUESTS_PER_SECOND, 1, "trustmary/second"),),
    )


def listing(
    reader: Reader,
    path: str,
    key: str,
    params: dict[str, Any] | None = None,
    *,
    has_pages: bool = True,
) -> Iterator[list[Row]]:
    """Yield the pages of a bare array until an empty one comes.

    Args:
        reader: What the stream reads with.
        path: Path of the list.
        key: Field that tells its entries apart.
        params: Filters.
        has_pages: Whether the list knows an offset; else one request gives all of it.

    Raises:
        IncompleteAnswerError: An answer is no list.
    """
    offset, stale = 0, 0
    known: set[str] = set()
    while stale < STALE_PAGES:
        asked = {**(params or {}), **({"offset": offset} if has_pages else {})}
        answer = reader.client.get(path, params=asked, accept=(GONE,))
        if answer.status == GONE:
            reader.note(f"{path.rsplit('/', 1)[-1]}: the API has no such list")
            reader.partial()
            return
        entries = _entries(answer.json())
        if entries is None:
            raise IncompleteAnswerError(
                "the answer is no list",
                where=f"{SOURCE} {path}",
                fix="Run again later; if it stays so, check the paths in the settings",
            )
        if not entries:
            return
        yield records(reader, entries)
        if not has_pages:
            return
        offset += len(entries)
        before = len(known)
        known.update(str(each.get(key) if isinstance(each, dict) else each) for each in entries)
        stale = 0 if len(known) > before else stale + 1


def _entries(body: Any) -> list[Any] | None:
    """Return the entries of a bare array, or of the only one in an object."""
    if isinstance(body, dict):
        lists = [value for value in body.values() if isinstance(value, list)]
        return lists[0] if len(lists) == 1 else None
    return body if isinstance(body, list) else None


def _has_key(reader: Reader) -> bool:
    if not secret_text(reader.settings.api_key):
        reader.note("no API key is set: webhooks only")
        reader.partial()
        return False
    return True


def _timed(entry: Row) -> Row:
    created = time_or_raw(entry.get("created_at"))
    return {
        "updated_at": time_or_raw(entry.get("updated_at")) or created,
        "deleted_at": time_or_raw(entry.get("deleted_at")),
        "payload": entry,
    }


def read_contacts(reader: Reader) -> Iterator[list[Row]]:
    """List all contacts, those marked as deleted included."""
    if not _has_key(reader):
        return
    for entries in listing(reader, "/contacts", "id", {"includeAll": "true"}):
        yield [{"id": _key(entry, "id", "email"), **_timed(entry)} for entry in entries]


def read_contact_lists(reader: Reader) -> Iterator[list[Row]]:
    """List the contact lists; they come all at once."""
    if not _has_key(reader):
        return
    for entries in listing(reader, "/lists", "id", has_pages=False):
        yield [{"id": entry.get("id"), **_timed(entry)} for entry in entries]


def read_surveys(reader: Reader) -> Iterator[list[Row]]:
    """List all surveys and remember whose answers are to be read."""
    if not _has_key(reader):
        return
    found: dict[str, str] = {}
    for entries in listing(reader, "/surveys", "id"):
        found.update(
            # what changes when an answer comes
            (str(entry["id"]), f"{entry.get('count')} {entry.get('updated_at')}")
            for entry in entries
            if entry.get("id") and entry.get("type") != EMPLOYEES
        )
        yield [{"id": entry.get("id"), **_timed(entry)} for entry in entries]
    reader.shared["surveys"] = found


def read_answers(reader: Reader) -> Iterator[list[Row]]:
    """List the answers of all surveys once a day, else of those that moved since."""
    if not _has_key(reader):
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
    if len(chosen) < len(surveys):
        reader.partial()
    for name in chosen:
        path = reader.settings.responses_path.replace(SURVEY, quote(name, safe=""))
        reader.progress(f"{SOURCE}: answers of {name}")
        for entries in listing(reader, path, "answer_id"):
            yield [_answer(unwrapped(entry), name) for entry in entries]
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


def _answer(entry: Row, survey: str) -> Row:
    return {
        "answer_id": _key(entry, "answer_id", "id"),
        "survey_id": entry.get("survey_id") or survey,
        "created_at": time_or_raw(entry.get("created_at")),
        **_timed(entry),
    }


def _key(entry: Row, *names: str) -> Any:
    return next((entry[name] for name in names if entry.get(name)), None)


def read_invitations(reader: Reader) -> Iterator[list[Row]]:
    """List the invitations that were sent, once a day, where the account's API has such a list."""
    path = reader.settings.invitations_path
    if not path:
        reader.note("no path is set: invitations are not listed")
        reader.partial()
        return
    if not _has_key(reader):
        return
    if reader.known and not _is_due(reader):
        reader.note("listed today already")
        reader.partial()
        return
    for entries in listing(reader, path, "id"):
        yield [
            {
                "id": entry.get("id"),
                "survey_id": entry.get("survey_id"),
                "sent_at": time_or_raw(entry.get("sent_at")),
                "payload": entry,
            }
            for entry in entries
        ]
    reader.state["read_in_full_on"] = reader.today.isoformat()


def read_reviews(reader: Reader) -> Iterator[list[Row]]:
    """List all reviews, where the account's API has such a list."""
    if not _has_key(reader):
        return
    for entries in listing(reader, reader.settings.reviews_path, "eid"):
        yield [{"eid": _key(entry, "eid", "id"), **_timed(entry)} for entry in entries]


def read_webhook_events(reader: Reader) -> Iterator[list[Row]]:
    """Drain the inbox; a rebuilt warehouse gets everything that ever came."""
    if not secret_text(reader.settings.webhook_secret):
        reader.note("no webhook secret is set: answers cannot be pushed")
    inbox.claim(SOURCE, reader.load_id, everything=not reader.known)
    for messages in inbox.claimed(SOURCE, reader.load_id):
        yield [row for message in messages if (row := _event(reader, message))]


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
            columns={"id": "text", "survey_id": "text", "sent_at": "timestamp", "payload": "json"},
            description="An invitation to a survey that was sent.",
            read=read_invitations,
            lists_everything=True,
        ),
        _listed("reviews", "eid", "A review, written in Trustmary or elsewhere.", read_reviews),
        Stream(
            name="webhook_events",
            primary_key=("event_id",),
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
