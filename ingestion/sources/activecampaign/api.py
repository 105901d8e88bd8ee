"""ActiveCampaign's protocol: the client, its pages by offset and by id, its times, its old reports."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.errors import IncompleteAnswerError, KetteError
from ingestion.http import client as http
from ingestion.http.auth import SecretAuth
from ingestion.http.client import Client
from ingestion.http.rate_limits import Budget
from ingestion.records.times import parse_time
from ingestion.settings import secret_text
from ingestion.toolkit.source import SourceSettings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from requests import PreparedRequest

    from ingestion.toolkit.source import Reader

SOURCE = "activecampaign"
LIMIT = 100
# rows that each page by offset shows again of the one before: where fewer have gone meanwhile,
# nothing is stepped over
OVERLAP = 10
# a listing that shows fewer records than it announces is read once more
PASSES = 2
# status 403 comes for valid tokens now and then: asked again after so many seconds, then believed
PAUSES_AFTER_FORBIDDEN = (1, 4)
REPORTS = "/admin/api.php"
NOTHING_FOUND = "Nothing is returned"
NEVER = re.compile(r"0000-00-00")

Record = dict[str, Any]


@configspec
class ActiveCampaignSettings(SourceSettings):
    """The API's address and token, the secret in the webhook's address, or both."""

    base_url: str = ""
    api_token: TSecretStrValue | None = None
    webhook_secret: TSecretStrValue | None = None
    time_zone: str = "America/Chicago"

    def check(self) -> None:
        """Refuse a token without the account it is for, and a zone that does not exist."""
        if secret_text(self.api_token) and not self.base_url:
            raise KetteError(
                "it is not set, but the API token is",
                where="SOURCES__ACTIVECAMPAIGN__BASE_URL",
                fix="Take it from Settings, Developer: https://<account>.api-us1.com",
            )
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise KetteError(
                f"{self.time_zone!r} is no time zone",
                where="SOURCES__ACTIVECAMPAIGN__TIME_ZONE",
                fix="Write it like America/Chicago",
            ) from None


class TokenAuth(SecretAuth):
    """The token: a header of its own in v3, a parameter of the address in v1."""

    def __init__(self, token: Any) -> None:
        super().__init__(token)
        self._token = secret_text(token)

    def header(self) -> str:
        """Return the value of the header."""
        return self._token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request."""
        if urlsplit(request.url or "").path.endswith(REPORTS):
            request.prepare_url(request.url, {"api_key": self._token})
        else:
            request.headers["Api-Token"] = self._token
        return request


def connect(settings: ActiveCampaignSettings) -> Client | None:
    """Return a client of the API, or None where there is no token to it."""
    if not secret_text(settings.api_token):
        return None
    return Client(
        SOURCE,
        settings.base_url,
        TokenAuth(settings.api_token),
        budgets=(Budget(5, 1, f"{SOURCE}/second"),),
    )


def ask(client: Client, path: str, params: Mapping[str, Any]) -> Record:
    """Return the answer to a request, an object.

    Raises:
        MissingRightError: Status 403 came three times.
    """
    for pause in PAUSES_AFTER_FORBIDDEN:
        answer = client.get(path, params, accept=(HTTPStatus.FORBIDDEN,))
        if answer.status != HTTPStatus.FORBIDDEN:
            break
        http.sleep(pause)
    else:
        answer = client.get(path, params)
    body = answer.json()
    if not isinstance(body, dict):
        raise _incomplete("the answer is no object", path)
    return body


def _incomplete(what: str, path: str) -> IncompleteAnswerError:
    return IncompleteAnswerError(
        what,
        where=f"{SOURCE} {path.rsplit('/', 1)[-1]}",
        fix="Run again later; what is loaded stays",
    )


def whole_number(value: Any) -> int | None:
    """Return a number that may be written as text, or None."""
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _page(
    client: Client, name: str, path: str, params: Mapping[str, Any]
) -> tuple[list[Any], int | None]:
    """Return the records of a page, and how many the vendor says there are."""
    body = ask(client, path, {"limit": LIMIT, **params})
    found = body.get(name)
    if not isinstance(found, list):
        raise _incomplete(f"the answer holds no {name}", path)
    meta = body.get("meta")
    return found, whole_number(meta.get("total")) if isinstance(meta, dict) else None


def record_id(record: Any, key: str = "id") -> str:
    """Return the id of a record as text; empty where there is none."""
    return str(record.get(key) or "") if isinstance(record, dict) else ""


def listing(reader: Reader, name: str, path: str = "", key: str = "id") -> Iterator[list[Any]]:
    """Yield all records of a plain listing by offset, told apart by a key; some come twice.

    Rows move while they are read. Each page therefore begins within the one before; where that
    place is not to be found again, or in the end fewer records were shown than announced, the
    listing is read once more. If that does not help, the read counts as no full listing.
    """
    path = path or f"/api/3/{name}"
    ids: set[str] = set()
    total: int | None = None
    for _ in range(PASSES):
        total = yield from _pass(reader.client, name, path, key, ids)
        if total is None or len(ids) >= total:
            return
    reader.partial()
    reader.note(f"{total} records were announced and {len(ids)} shown")


def _pass(
    client: Client, name: str, path: str, key: str, ids: set[str]
) -> Generator[list[Any], None, int | None]:
    """Yield the pages of one pass and return how many records were announced in the end."""
    offset, tail = 0, set[str]()
    while True:
        found, total = _page(client, name, path, {"offset": offset})
        yield found
        shown = [record_id(record, key) for record in found]
        ids.update(shown)
        # the last page may be short of what was announced; one in the middle may not be empty
        if not found and total is not None and offset + LIMIT < total and not tail:
            raise _incomplete("a page in the middle of the listing is empty", path)
        end = offset + len(found)
        if not found or (total is not None and end >= total):
            return total
        if tail and not tail & set(shown):
            # more rows went than the overlap holds: step back, to where the last page began
            offset, tail = max(0, offset - LIMIT), set()
            continue
        step = max(1, len(found) - OVERLAP)
        offset, tail = offset + step, set(shown[step:])


def by_id(reader: Reader, name: str, params: Mapping[str, str]) -> Iterator[list[Any]]:
    """Yield records in the order of their ids, each page starting behind the last id.

    Raises:
        IncompleteAnswerError: The vendor does not go on behind the id, or stops in the middle.
    """
    last, path = 0, f"/api/3/{name}"
    seen, announced = 0, None
    while True:
        asked = {**params, "orders[id]": "ASC", "id_greater": str(last)}
        found, total = _page(reader.client, name, path, asked)
        announced = total if announced is None else announced
        if not found:
            _close(reader, path, _left(announced, total, seen))
            return
        yield found
        seen += len(found)
        numbers = [number for record in found if (number := whole_number(record_id(record)))]
        if not numbers or min(numbers) <= last:
            raise _incomplete("the pages do not go on behind the last id", path)
        last = max(numbers)
        if total is not None and len(found) >= total:
            return


def _left(announced: int | None, total: int | None, seen: int) -> int:
    """Return how many records are still to come where a page is empty.

    Whether the total counts all records or only those behind the id is not documented: the latter
    falls by what was seen.

    Args:
        announced: The total of the first page.
        total: That of the empty one.
        seen: How many records came.
    """
    if announced is None or total is None:
        return 0
    counts_all = announced - total < seen / 2
    return total - seen if counts_all else total


def _close(reader: Reader, path: str, left: int) -> None:
    """End a listing: a page's worth of records may not be missing, and fewer make it no full one."""
    if left >= LIMIT:
        raise _incomplete("a page in the middle of the listing is empty", path)
    if left > 0:
        reader.partial()
        reader.note(f"{left} records were announced and not shown")


def report(reader: Reader, action: str, campaign_id: str) -> list[Record]:
    """Return the rows of one of the old API's reports about a campaign.

    Raises:
        IncompleteAnswerError: It says that it failed, and not because it found nothing.
    """
    body = ask(
        reader.client,
        REPORTS,
        {"api_action": action, "api_output": "json", "campaignid": campaign_id},
    )
    if str(body.get("result_code")) != "1":
        if NOTHING_FOUND in str(body.get("result_message")):
            return []
        raise _incomplete(f"the report {action} failed", REPORTS)
    return [row for key, row in body.items() if key.isdigit() and isinstance(row, dict)]


def moment(value: Any, zone: str) -> datetime | None:
    """Return a moment in UTC, None for none.

    Args:
        value: ISO 8601 with an offset, or the clock of the account without one.
        zone: The account's time zone.
    """
    text = str(value or "").strip()
    if not text or NEVER.match(text):
        return None
    try:
        naive = datetime.fromisoformat(text)
        if naive.tzinfo is None:
            return naive.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        return parse_time(text)
    except (ValueError, OverflowError):
        return None
