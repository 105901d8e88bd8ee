"""WordPress: what people write under posts and products, and whether it still stands there.

Comments can be listed by when they were written, not by when they were changed. Each run reads those
of the last 30 days again; once a day the ids and states of all are listed, so that what an editor
approves, takes for spam or deletes later is known too.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.errors import KetteError
from ingestion.http.auth import BasicAuth
from ingestion.http.client import Client
from ingestion.records.times import time_or_raw
from ingestion.settings import secret_text
from ingestion.toolkit.pagination import NumberedPages
from ingestion.toolkit.source import Load, Reader, SourceSettings, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    Row = dict[str, Any]

SOURCE = "wordpress"
COMMENTS = "/wp-json/wp/v2/comments"
# the day more is for the site's clock, which the bounds are compared with
LOOK_BACK = timedelta(days=31)
BY_ID = {"orderby": "id", "order": "asc"}


@configspec
class WordpressSettings(SourceSettings):
    """The site's address; a user's application password shows who wrote, and what awaits approval."""

    base_url: str = ""
    username: str = ""
    application_password: TSecretStrValue | None = None
    start_date: date | None = None

    def check(self) -> None:
        """Refuse one half of a login."""
        if bool(self.username) != bool(secret_text(self.application_password)):
            raise KetteError(
                "a user name and an application password go together",
                where="SOURCES__WORDPRESS__USERNAME, …__APPLICATION_PASSWORD",
                fix="Set both, or neither for what everybody can read",
            )


def connect(settings: WordpressSettings) -> Client:
    """Make the client of a run; without a login it sees what every visitor sees."""
    password = settings.application_password
    auth = BasicAuth(settings.username, password) if secret_text(password) else None
    return Client(SOURCE, settings.base_url, auth)


def read_comments(reader: Reader) -> Iterator[list[Row]]:
    """List the comments written since 30 days before the last run, the first time all of them."""
    start: date = reader.from_date or reader.settings.start_date
    read_on = reader.state.get("read_on") if reader.known else None
    if reader.from_date is None and read_on:
        start = date.fromisoformat(read_on) - LOOK_BACK
    asked = {**BY_ID, **_seen_by(reader), "after": _midnight(start)}
    if reader.to_date is not None:
        asked["before"] = _midnight(reader.to_date + timedelta(days=1))
    reader.window(start, reader.to_date or reader.today)
    if not secret_text(reader.settings.application_password):
        reader.note("no login is set: approved comments without their writers' addresses")
    for entries in NumberedPages(reader, COMMENTS, asked):
        yield [_row(entry) for entry in entries]
    if reader.from_date is None:
        reader.state["read_on"] = reader.today.isoformat()


def read_comment_states(reader: Reader) -> Iterator[list[Row]]:
    """List id and state of all comments once a day; spam and the bin only for who may see them."""
    today = reader.today.isoformat()
    if reader.known and reader.state.get("listed_on") == today and reader.from_date is None:
        reader.note("listed today already")
        reader.partial()
        return
    seen = _seen_by(reader)
    asked: list[Row] = [{**seen}]
    if seen:
        asked += [{**seen, "status": status} for status in ("spam", "trash")]
    for params in asked:
        # approved ones show no state to visitors
        for entries in NumberedPages(reader, COMMENTS, {**BY_ID, **params, "_fields": "id,status"}):
            yield [
                {"id": _id(entry), "status": entry.get("status") or "approved"} for entry in entries
            ]
    reader.state["listed_on"] = today


def _seen_by(reader: Reader) -> Row:
    """Return what is asked for besides, by one who may moderate comments."""
    has_login = bool(secret_text(reader.settings.application_password))
    return {"context": "edit", "status": "all"} if has_login else {}


def _row(entry: Row) -> Row:
    return {
        "id": _id(entry),
        "post_id": _id(entry, "post"),
        "status": entry.get("status") or "approved",
        "created_at": time_or_raw(entry.get("date_gmt")),
        "content_text": _plain(entry.get("content")),
        "payload": entry,
    }


def _id(entry: Row, name: str = "id") -> object:
    value = entry.get(name)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _midnight(day: date) -> str:
    return datetime.combine(day, time.min).isoformat()


class _Text(HTMLParser):
    """Collects the text of a page's piece."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """Keep words of different lines apart."""
        if tag in {"br", "p", "li", "div"}:
            self.parts.append(" ")


def _plain(content: object) -> str | None:
    """Return what was written, without markup: HTML's references stand for letters."""
    rendered = content.get("rendered") if isinstance(content, dict) else None
    if not isinstance(rendered, str):
        return None
    parser = _Text()
    parser.feed(rendered)
    parser.close()
    return " ".join("".join(parser.parts).split()) or None


LOAD = Load(
    source=SOURCE,
    settings=WordpressSettings,
    streams=(
        Stream(
            name="comments",
            primary_key=("id",),
            required=("created_at",),
            columns={
                "id": "text",
                "post_id": "text",
                "status": "text",
                "created_at": "timestamp",
                "content_text": "text",
                "payload": "json",
            },
            description="A comment or a product review, its text without markup beside it.",
            read=read_comments,
        ),
        Stream(
            name="comment_states",
            primary_key=("id",),
            columns={"id": "text", "status": "text"},
            description="State of a comment by the daily listing; what it does not show is deleted.",
            read=read_comment_states,
            lists_everything=True,
        ),
    ),
    description="Comments and product reviews of a WordPress site.",
    owner="data_engineering",
    cron="35 * * * *",
    fresh_within=timedelta(hours=26),
    credentials=("base_url", "username", "application_password"),
    # what every visitor sees
    alternative_credentials=("base_url",),
    connect=connect,
)
