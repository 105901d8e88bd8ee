"""HubSpot's protocol: the client, pages, properties, and which scope a refusal is about."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.errors import IncompleteAnswerError, MissingRightError
from ingestion.http.auth import BearerAuth
from ingestion.http.client import Client
from ingestion.http.rate_limits import Budget
from ingestion.records.times import parse_time
from ingestion.toolkit.pagination import Cursors
from ingestion.toolkit.source import SourceSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

LIST_LIMIT = 100
# longer addresses are refused with status 414
LONGEST_PROPERTY_LIST = 30_000
# a page whose parts differ, since a record changed between the requests, or which shows archived
# records among live ones, is asked for again
TRIES_PER_PAGE = 5
# what every private app may do; search has a limit of its own
BUDGETS = (Budget(100, 10, "hubspot/burst"), Budget(4, 1, "hubspot/search", only="/search"))
SCOPES = {
    "contacts": "crm.objects.contacts.read",
    "companies": "crm.objects.companies.read",
    "deals": "crm.objects.deals.read",
    "tickets": "tickets",
    "owners": "crm.objects.owners.read",
}
# always asked for, even where the list of properties hides them
NEEDED_PROPERTIES = ("createdate", "hs_object_id", "hs_merged_object_ids")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Record = dict[str, Any]


@configspec
class HubSpotSettings(SourceSettings):
    """Settings of the source."""

    base_url: str = ""
    start_date: date | None = None
    access_token: TSecretStrValue | None = None


def connect(settings: HubSpotSettings) -> Client:
    """Make the client of a run."""
    return Client("hubspot", settings.base_url, BearerAuth(settings.access_token), budgets=BUDGETS)


@contextmanager
def naming_scope(kind: str) -> Iterator[None]:
    """Say in a refusal which scope the private app lacks."""
    try:
        yield
    except MissingRightError as error:
        raise MissingRightError(
            "the private app may not read this (status 403)",
            where=f"hubspot {kind}",
            fix=f"Give it the scope {SCOPES[kind]}, then run again",
        ) from error


def modified_property(kind: str) -> str:
    """Return the name of the property that tells when an object changed."""
    return "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"


def _properties(record: Any) -> Record:
    found = record.get("properties") if isinstance(record, dict) else None
    return found if isinstance(found, dict) else {}


def modified_at(record: Record, kind: str) -> datetime | None:
    """Return when a record changed, as far as it tells."""
    try:
        return parse_time(
            _properties(record).get(modified_property(kind)) or record.get("updatedAt")
        )
    except ValueError:
        return None


def to_milliseconds(moment: datetime) -> int:
    """Return milliseconds since 1970, rounded down."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def results_of(body: Any, where: str) -> list[Any]:
    """Return the records of an answer.

    Raises:
        IncompleteAnswerError: It holds none, not even an empty list.
    """
    results = body.get("results") if isinstance(body, dict) else None
    if not isinstance(results, list):
        raise IncompleteAnswerError("the answer holds no results", where=where, fix="Run again")
    return results


def next_page(body: dict[str, Any]) -> str | None:
    """Return the cursor of the next page (empty where it is missing), or None on the last one."""
    following = (body.get("paging") or {}).get("next")
    return None if following is None else str(following.get("after") or "")


def pages(client: Client, path: str, params: dict[str, Any], kind: str) -> Iterator[list[Any]]:
    """Yield the pages of a plain listing."""
    cursors = Cursors(f"hubspot {kind}")
    asked = {**params, "limit": LIST_LIMIT}
    while True:
        body = client.get(path, params=asked).json()
        yield results_of(body, f"hubspot {kind}")
        after = next_page(body)
        if after is None:
            return
        asked["after"] = cursors.follow(after)


def property_names(client: Client, kind: str) -> list[str]:
    """Return all properties of an object type; without naming them only a handful is sent.

    Raises:
        IncompleteAnswerError: There are none.
    """
    where = f"hubspot {kind}"
    found = results_of(client.get(f"/crm/v3/properties/{kind}").json(), where)
    names = {entry["name"] for entry in found if isinstance(entry, dict) and entry.get("name")}
    if not names:
        raise IncompleteAnswerError("no properties are listed", where=where, fix="Run again later")
    return sorted(names | {*NEEDED_PROPERTIES, modified_property(kind)})


def property_chunks(names: list[str], longest: int) -> list[str]:
    """Return the names as comma lists, each at most ``longest`` characters once in an address."""
    chunks: list[list[str]] = [[]]
    length = 0
    for name in names:
        needed = len(quote(f",{name}", safe=""))
        if chunks[-1] and length + needed > longest:
            chunks.append([])
            length = 0
        chunks[-1].append(name)
        length += needed
    return [",".join(chunk) for chunk in chunks]


def list_objects(
    client: Client, kind: str, names: list[str], *, archived: bool
) -> Iterator[list[Any]]:
    """Yield all live or all archived objects of a type, page by page."""
    where, path = f"hubspot {kind}", f"/crm/v3/objects/{kind}"
    chunks = property_chunks(names, LONGEST_PROPERTY_LIST)
    cursors = Cursors(where)
    asked: dict[str, Any] = {"limit": LIST_LIMIT, "archived": str(archived).lower()}
    while True:
        for _ in range(TRIES_PER_PAGE):
            parts = [client.get(path, {**asked, "properties": chunk}).json() for chunk in chunks]
            joined = join_parts([results_of(part, where) for part in parts])
            if joined is not None and _shows(joined, archived=archived):
                break
        else:
            raise IncompleteAnswerError(
                "the records keep changing while they are read", where=where, fix="Run again later"
            )
        yield joined
        after = next_page(parts[0])
        if after is None:
            return
        asked["after"] = cursors.follow(after)


def is_archived(record: Record) -> bool:
    """Return whether a record lies in the recycle bin."""
    return record.get("archived") is True


def _shows(records: list[Any], *, archived: bool) -> bool:
    return all(is_archived(each) == archived for each in records if isinstance(each, dict))


def join_parts(parts: list[list[Any]]) -> list[Any] | None:
    """Join the answers for one page that hold different properties of the same records.

    Returns:
        The records with all their properties, or None where the answers show different versions.
    """
    versions = [[_version(each) for each in part] for part in parts]
    if any(version != versions[0] for version in versions[1:]):
        return None
    return [_joined(same) for same in zip(*parts, strict=True)]


def _version(record: Any) -> Any:
    return (record.get("id"), record.get("updatedAt")) if isinstance(record, dict) else record


def _joined(same: tuple[Any, ...]) -> Any:
    if len(same) == 1 or not all(_properties(each) for each in same):
        return same[0]
    properties = {name: value for each in same for name, value in _properties(each).items()}
    return {**same[0], "properties": properties}
