"""Trustmary's protocol: the key, the paths that are settings, and lists by offset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.errors import IncompleteAnswerError, KetteError
from ingestion.http.auth import SecretAuth
from ingestion.http.client import Client
from ingestion.http.rate_limits import Budget
from ingestion.settings import secret_text
from ingestion.toolkit.pagination import records
from ingestion.toolkit.source import Reader, SourceSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from requests import PreparedRequest

    Row = dict[str, Any]

SOURCE = "trustmary"
# no limit is documented
REQUESTS_PER_SECOND = 5
# a page may be delivered twice by mistake; twice in a row nothing new comes of a list that knows no
# offset
STALE_PAGES = 2
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
    shape: Callable[[Row], Row],
    key: str,
    params: dict[str, Any] | None = None,
    *,
    has_pages: bool = True,
) -> Iterator[list[Row]]:
    """Yield the rows of a bare array, page by page until an empty one comes.

    A list that ends otherwise, since the same comes again and again, may have more that cannot be
    got at: it counts as no full listing.

    Args:
        reader: What the stream reads with.
        path: Path of the list.
        shape: Makes a row of an entry.
        key: Field that tells rows apart.
        params: Filters.
        has_pages: Whether the list knows an offset; else one request gives all of it.

    Raises:
        IncompleteAnswerError: An answer is no list.
    """
    if not has_key(reader):
        return
    name = path.rsplit("/", 1)[-1]
    offset, stale = 0, 0
    known: set[int] = set()
    while stale < STALE_PAGES:
        asked = {**(params or {}), **({"offset": offset} if has_pages else {})}
        entries = _entries(reader, path, asked)
        if entries is None:
            not_whole(reader, f"{name}: the API has no such list")
            return
        if not entries:
            return
        rows = [shape(entry) for entry in records(reader, entries)]
        yield rows
        if not has_pages:
            return
        offset += len(entries)
        before = len(known)
        known.update(_marks(entries, rows, key))
        stale = 0 if len(known) > before else stale + 1
    not_whole(reader, f"{name}: the pages repeat, so that the list may not be whole")


def _marks(entries: list[Any], rows: list[Row], key: str) -> Iterator[int]:
    """Yield what tells the entries of a page apart: the key of a row, else all that came."""
    yield from (hash(str(row[key] or row["payload"])) for row in rows)
    yield from (hash(str(entry)) for entry in entries if not isinstance(entry, dict))


def not_whole(reader: Reader, why: str) -> None:
    """Say that a read is no full listing, and why."""
    reader.note(why)
    reader.partial()


def _entries(reader: Reader, path: str, asked: dict[str, Any]) -> list[Any] | None:
    """Return the entries of a page, None where the API has no such list."""
    answer = reader.client.get(path, params=asked, accept=(GONE,))
    if answer.status == GONE:
        return None
    found = _array(answer.json())
    if found is None:
        raise IncompleteAnswerError(
            "the answer is no list",
            where=f"{SOURCE} {path}",
            fix="Run again later; if it stays so, check the paths in the settings",
        )
    return found


def _array(body: Any) -> list[Any] | None:
    """Return the entries of a bare array, or of the only one in an object."""
    if isinstance(body, dict):
        lists = [value for value in body.values() if isinstance(value, list)]
        return lists[0] if len(lists) == 1 else None
    return body if isinstance(body, list) else None


def has_key(reader: Reader) -> bool:
    """Return whether there is a key to the API; say so where there is none."""
    if not secret_text(reader.settings.api_key):
        not_whole(reader, "no API key is set: webhooks only")
        return False
    return True
