"""Calendly: which sessions are booked, by whom, and whether they were moved, cancelled or missed.

Sessions (scheduled events) can be listed only by their start. A booking may lie far ahead, and a
cancellation changes one made long ago. So each run lists what starts between 30 days ago and a year
from now. The people booked (invitees) cost one request per session. They are read if the session is
new or changed or a webhook reported it, and once a day for sessions that may not show a change: after
a session someone is marked as missing, or one person in a group cancels.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.errors import IncompleteAnswerError, KetteError
from ingestion.http.auth import BearerAuth
from ingestion.http.client import Client
from ingestion.http.rate_limits import Budget
from ingestion.records.json_text import loads
from ingestion.records.times import parse_time, time_or_raw
from ingestion.settings import secret_text
from ingestion.toolkit.pagination import Cursors, records
from ingestion.toolkit.source import Load, Reader, SourceSettings, Stream
from ingestion.webhooks import inbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    Row = dict[str, Any]

SOURCE = "calendly"
PAGE_SIZE = 100
STATUSES = ("active", "canceled")
LOOK_BACK, LOOK_AHEAD = timedelta(days=30), timedelta(days=365)
# the first load goes through history in spans that are committed one by one; later runs need one
SPAN = timedelta(days=400)
# a session that is changed while its invitees are read may carry the time of the last one read
OVERLAP = timedelta(hours=1)
# how long after a session somebody is marked as missing
MARKED_WITHIN = timedelta(days=7)
CHECKPOINT_SESSIONS = 200
PER_MINUTE = 450
NOT_FOUND = 404


@configspec
class CalendlySettings(SourceSettings):
    """A personal access token; the signing key only where webhooks are sent."""

    base_url: str = ""
    access_token: TSecretStrValue | None = None
    webhook_secret: TSecretStrValue | None = None
    start_date: date | None = None


@dataclass(frozen=True)
class Session:
    """What decides whether a session's invitees are asked for."""

    updated_at: datetime
    starts_at: datetime
    ends_at: datetime
    is_group: bool


@dataclass
class Listed:
    """The sessions that this run has listed, and from when on these are all."""

    since: datetime
    sessions: dict[str, Session] = field(default_factory=dict)
    # told of by webhook, and the number of the last message that was looked at
    told: set[str] = field(default_factory=set)
    last_message: int = 0


def connect(settings: CalendlySettings) -> Client:
    """Make the client of a run."""
    return Client(
        SOURCE,
        settings.base_url,
        BearerAuth(settings.access_token),
        budgets=(Budget(PER_MINUTE, 60, "calendly/minute"),),
    )


def listing(reader: Reader, path: str, params: Row, where: str) -> Iterator[list[Row]]:
    """Yield the pages of a collection until it gives no token to a next one."""
    cursors = Cursors(f"{SOURCE} {where}")
    asked: Row = {**params, "count": PAGE_SIZE}
    while True:
        body = reader.client.get(path, params=asked).json()
        entries = body.get("collection") if isinstance(body, dict) else None
        pagination = body.get("pagination") if isinstance(body, dict) else None
        if not isinstance(entries, list) or not isinstance(pagination, dict):
            raise IncompleteAnswerError(
                "the answer is no page of a collection",
                where=f"{SOURCE} {where}",
                fix="Run again later; what was loaded stays",
            )
        yield records(reader, entries)
        token = pagination.get("next_page_token")
        if not token:
            return
        asked["page_token"] = cursors.follow(token)


def _organization(reader: Reader) -> str:
    """Return the URI of the organisation that the token belongs to."""
    if "organization" not in reader.shared:
        body = reader.client.get("/users/me").json()
        user = body.get("resource") if isinstance(body, dict) else None
        found = user.get("current_organization") if isinstance(user, dict) else None
        if not found:
            raise KetteError(
                "the token belongs to no organisation",
                where=SOURCE,
                fix="Make the token as an owner or admin of the organisation",
            )
        reader.shared["organization"] = found
    return str(reader.shared["organization"])


def read_event_types(reader: Reader) -> Iterator[list[Row]]:
    """Yield what can be booked, that which is switched off included."""
    asked = {"organization": _organization(reader)}
    for entries in listing(reader, "/event_types", asked, "event_types"):
        yield [
            {
                "uri": entry.get("uri"),
                "updated_at": time_or_raw(entry.get("updated_at")),
                "payload": entry,
            }
            for entry in entries
        ]


def read_scheduled_events(reader: Reader) -> Iterator[list[Row]]:
    """Yield the sessions of the window, and those outside of it that a webhook has told of."""
    start, end = _window(reader)
    listed = Listed(start)
    reader.window(start.date(), end.date())
    for begin, until in _spans(start, end):
        if begin > start:
            # what is read is committed before the next span
            if reader.from_date is None:
                reader.state["read_until"] = begin.isoformat()
            reader.checkpoint()
        for entries in _sessions(reader, begin, until):
            yield [_session_row(listed, entry) for entry in entries]
    _listen(reader, listed)
    for uri in sorted(listed.told - set(listed.sessions)):
        answer = reader.client.get(_path(uri), accept=(NOT_FOUND,))
        if answer.status != NOT_FOUND:
            yield [_session_row(listed, answer.json().get("resource") or {})]
    if reader.from_date is None:
        reader.state["read_until"] = end.isoformat()
    reader.shared["listed"] = listed


def _window(reader: Reader) -> tuple[datetime, datetime]:
    """Return from when to when sessions are listed by their start."""
    ahead = reader.now + LOOK_AHEAD
    if reader.from_date is not None:
        if reader.to_date is None:
            return _midnight(reader.from_date), ahead
        return _midnight(reader.from_date), _midnight(reader.to_date + timedelta(days=1))
    usual = reader.now - LOOK_BACK
    read_until = reader.state.get("read_until")
    if reader.known and read_until:
        # where the first load was cut short it goes on
        return min(parse_time(read_until), usual), ahead
    return _midnight(reader.settings.start_date or usual.date()), ahead


def _spans(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        until = min(start + SPAN, end)
        yield start, until
        start = until


def _sessions(reader: Reader, begin: datetime, until: datetime) -> Iterator[list[Row]]:
    for status in STATUSES:
        asked = {
            "organization": _organization(reader),
            "status": status,
            "min_start_time": f"{begin:%Y-%m-%dT%H:%M:%SZ}",
            "max_start_time": f"{until:%Y-%m-%dT%H:%M:%SZ}",
            "sort": "start_time:asc",
        }
        reader.progress(f"{SOURCE} {status} sessions from {begin:%Y-%m-%d} to {until:%Y-%m-%d}")
        yield from listing(reader, "/scheduled_events", asked, "scheduled_events")


def _session_row(listed: Listed, entry: Row) -> Row:
    uri = entry.get("uri")
    row = {
        "uri": uri,
        "status": entry.get("status"),
        "starts_at": time_or_raw(entry.get("start_time")),
        "updated_at": time_or_raw(entry.get("updated_at")),
        "payload": entry,
    }
    start, changed = row["starts_at"], row["updated_at"]
    end = time_or_raw(entry.get("end_time"))
    # a record that lacks these goes to quarantine, and nobody is asked about its invitees
    if uri and isinstance(start, datetime) and isinstance(changed, datetime):
        counter = entry.get("invitees_counter")
        listed.sessions[str(uri)] = Session(
            changed,
            start,
            end if isinstance(end, datetime) else start,
            is_group=isinstance(counter, dict) and (counter.get("limit") or 1) > 1,
        )
    return row


def _listen(reader: Reader, listed: Listed) -> None:
    """Note the sessions that waiting webhooks speak of; they wait until the invitees are read."""
    if not secret_text(reader.settings.webhook_secret):
        return
    for messages in inbox.undrained(SOURCE):
        listed.told |= {uri for message in messages if (uri := _session_of(message["body"]))}
        listed.last_message = messages[-1]["id"]


def _drain(reader: Reader, listed: Listed) -> None:
    """Drain the messages whose sessions were read; what is of no use goes to quarantine."""
    inbox.claim(SOURCE, reader.load_id, everything=False, up_to=listed.last_message)
    for messages in inbox.claimed(SOURCE, reader.load_id):
        for message in messages:
            if _session_of(message["body"]) is None:
                reader.reject(message["body"], "names no session", message["event_id"])


def _session_of(body: bytes) -> str | None:
    """Return the URI of the session that a webhook's invitee is booked for."""
    try:
        payload = loads(body)["payload"]
        event = payload.get("event") or payload.get("scheduled_event") or payload.get("invitee")
        uri = event.get("uri") if isinstance(event, dict) else event
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    # an invitee's URI goes on from its session's
    session, _, _ = str(uri).partition("/invitees/")
    return session if "/scheduled_events/" in session else None


def read_invitees(reader: Reader) -> Iterator[list[Row]]:
    """Yield the people booked for the sessions that call for it, oldest change first."""
    listed = _listed(reader)
    remembered = reader.state.get("reached") if reader.known else None
    reached = parse_time(remembered) if remembered else None
    looks_again = reader.state.get("looked_again_on") != reader.today.isoformat()
    chosen = sorted(
        (session.updated_at, uri)
        for uri, session in listed.sessions.items()
        if reached is None
        or reader.from_date is not None
        or uri in listed.told
        or session.updated_at > reached - OVERLAP
        or (looks_again and _may_be_silent(session, reader.now))
    )
    for number, (updated_at, uri) in enumerate(chosen, start=1):
        for entries in listing(reader, f"{_path(uri)}/invitees", {}, "invitees"):
            yield [_invitee_row(uri, entry) for entry in entries]
        if reader.from_date is None:
            # a date in the future must not keep later changes out
            capped = min(updated_at, reader.now)
            reached = capped if reached is None else max(reached, capped)
            reader.state["reached"] = reached.isoformat()
        if number % CHECKPOINT_SESSIONS == 0 and number < len(chosen):
            reader.progress(f"{SOURCE} invitees of {number} of {len(chosen)} sessions")
            reader.checkpoint()
    if reader.from_date is None:
        reader.state |= {"is_complete": True, "looked_again_on": reader.today.isoformat()}
    # with the last of the packages: what a run that dies before has been told is told to the next
    _drain(reader, listed)


def _listed(reader: Reader) -> Listed:
    """Return the sessions to choose from: all there are until each was once asked about."""
    listed: Listed | None = reader.shared.get("listed")
    start, end = reader.now - LOOK_BACK, reader.now + LOOK_AHEAD
    if reader.from_date is not None:
        start, end = _window(reader)
    elif not (reader.known and reader.state.get("is_complete")):
        start = _midnight(reader.settings.start_date or start.date())
    if listed is not None and listed.since <= start:
        return listed
    # what webhooks told of may lie outside of any window
    found = replace(listed, since=start) if listed else Listed(start)
    for begin, until in _spans(start, end):
        for entries in _sessions(reader, begin, until):
            for entry in entries:
                _session_row(found, entry)
    return found


def _may_be_silent(session: Session, now: datetime) -> bool:
    """Return whether somebody's booking may have changed without a trace in the session."""
    has_just_been = now - MARKED_WITHIN <= session.ends_at <= now
    return has_just_been or (session.is_group and session.starts_at > now)


def _invitee_row(session: str, entry: Row) -> Row:
    return {
        "uri": entry.get("uri"),
        "event_uri": session,
        "created_at": time_or_raw(entry.get("created_at")),
        "updated_at": time_or_raw(entry.get("updated_at")),
        "payload": entry,
    }


def _path(uri: str) -> str:
    """Return the path of a URI: it is an address of the vendor's own host, wherever that is."""
    return urlsplit(uri).path


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _mark_drained(load_id: str) -> None:
    inbox.mark_drained(SOURCE, load_id)


LOAD = Load(
    source=SOURCE,
    settings=CalendlySettings,
    streams=(
        Stream(
            name="event_types",
            primary_key=("uri",),
            columns={"uri": "text", "updated_at": "timestamp", "payload": "json"},
            description="A kind of session that can be booked.",
            read=read_event_types,
            newest_by="updated_at",
            lists_everything=True,
        ),
        Stream(
            name="scheduled_events",
            primary_key=("uri",),
            required=("starts_at",),
            columns={
                "uri": "text",
                "status": "text",
                "starts_at": "timestamp",
                "updated_at": "timestamp",
                "payload": "json",
            },
            description="A session at a certain time, active or cancelled.",
            planned=("starts_at",),
            read=read_scheduled_events,
            newest_by="updated_at",
        ),
        Stream(
            name="invitees",
            primary_key=("uri",),
            required=("event_uri", "created_at"),
            columns={
                "uri": "text",
                "event_uri": "text",
                "created_at": "timestamp",
                "updated_at": "timestamp",
                "payload": "json",
            },
            description="A person's booking of a session.",
            read=read_invitees,
            newest_by="updated_at",
        ),
    ),
    description="Booked sessions: demos, calls and trainings, moved, cancelled and missed ones",
    owner="data_engineering",
    cron="10,40 * * * *",
    fresh_within=timedelta(hours=6),
    credentials=("access_token",),
    connect=connect,
    after_load=_mark_drained,
    again=(
        "A webhook only says which session to ask about: `kette load calendly --from DATE`, a day "
        "before the session, asks about all since then"
    ),
)
