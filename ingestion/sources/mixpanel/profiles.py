"""Mixpanel's profiles: one complete listing per run, page by page in one session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingestion.errors import CredentialsError, IncompleteAnswerError, KetteError
from ingestion.records.times import time_or_raw
from ingestion.toolkit.source import Page, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_ACCESS = 402
# the hourly limit counts requests: pages as large as the API gives
PAGE_SIZE = 50_000
RESTARTS = ATTEMPTS = 3
WHERE = "mixpanel engage_profiles"
# how a page is refused whose session has expired: by name, or as one that is no longer kept
SESSION_OVER = ("session", "uncached query")


class _SessionOverError(Exception):
    """The session of a listing has expired."""


def _read(reader: Reader) -> Iterator[Page]:
    for _ in range(RESTARTS):
        try:
            # what was read before is read again; the repeated keys count as such
            yield from _listing(reader)
        except _SessionOverError:
            reader.note("the session expired: read from the beginning")
        else:
            return
    raise KetteError(
        f"the session of the listing expired {RESTARTS} times", where=WHERE, fix="Run again later"
    )


def _listing(reader: Reader) -> Iterator[Page]:
    form: dict[str, Any] = {"page": 0, "page_size": PAGE_SIZE}
    seen, total = 0, None
    while True:
        body = _page(reader, form)
        if body is None:
            reader.partial()
            reader.note("Mixpanel's plan gives no access to profiles: skipped")
            return
        found = body["results"]
        # later pages do not say how many there are
        total = body.get("total") if form["page"] == 0 else total
        seen += len(found)
        yield [_row(record) for record in found]
        reader.progress(f"mixpanel: {seen:,} of {total or seen:,} profiles")
        page_size = body.get("page_size") or PAGE_SIZE
        is_last = len(found) < page_size if total is None else seen >= total
        if is_last or not found:
            break
        form = {**form, "page": form["page"] + 1, "session_id": body.get("session_id")}
    if total is not None and seen < total:
        raise IncompleteAnswerError(
            f"{seen} of {total} profiles came", where=WHERE, fix="Run again later"
        )


def _page(reader: Reader, form: dict[str, Any]) -> dict[str, Any] | None:
    """Return one page; None where the plan gives no access."""
    settings = reader.settings
    for _ in range(ATTEMPTS):
        try:
            answer = reader.client.post(
                f"{settings.query_base_url.rstrip('/')}/api/query/engage",
                data=form,
                params={"project_id": settings.project_id},
                accept=(NO_ACCESS,),
            )
        except CredentialsError:
            raise
        except KetteError as error:
            # an expired session is refused like a wrong parameter; the first page has none
            is_over = any(words in error.what.lower() for words in SESSION_OVER)
            if form["page"] and is_over:
                raise _SessionOverError from error
            raise
        if answer.status == NO_ACCESS:
            return None
        body = answer.json()
        is_page = isinstance(body, dict) and isinstance(body.get("results"), list)
        # a page that is delivered twice would pass for the next one
        if is_page and body.get("page", form["page"]) == form["page"]:
            return body  # type: ignore[no-any-return]  # JSON
    raise IncompleteAnswerError(
        f"page {form['page']} does not come", where=WHERE, fix="Run again later"
    )


def _row(record: Any) -> dict[str, Any]:
    if not isinstance(record, dict):
        return {"distinct_id": None, "properties": record}
    properties = record.get("$properties")
    last_seen = properties.get("$last_seen") if isinstance(properties, dict) else None
    return {
        "distinct_id": record.get("$distinct_id"),
        "last_seen_at": time_or_raw(last_seen),
        "properties": properties,
    }


ENGAGE_PROFILES = Stream(
    name="engage_profiles",
    primary_key=("distinct_id",),
    columns={"distinct_id": "text", "last_seen_at": "timestamp", "properties": "json"},
    description="A user profile as Mixpanel shows it now",
    read=_read,
    lists_everything=True,
)
