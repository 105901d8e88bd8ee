"""The Graph API's protocol: cursors, errors that hide behind other statuses, reports made aside."""

from __future__ import annotations

import json
from datetime import date  # noqa: TC003 - dlt resolves the annotation
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.errors import (
    CredentialsError,
    IncompleteAnswerError,
    KetteError,
    MissingRightError,
    ResumeLaterError,
    UnreachableError,
)
from ingestion.http import client as http, polling
from ingestion.http.auth import BearerAuth
from ingestion.http.client import Client
from ingestion.http.rate_limits import retry_after
from ingestion.toolkit.pagination import Cursors
from ingestion.toolkit.source import SourceSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ingestion.http.responses import Answer

PAGE_LIMIT = 500
# attribution windows of up to 28 days: what an ad brought is dated to the click or the view
LOOK_BACK_DAYS = 28
ACCEPTED = (400, 401, 403, 404, 429, 500, 503)
TRANSIENT, THROTTLED = (1, 2), (4, 17, 32, 613, 80000, 80004)
BAD_TOKEN, NO_RIGHT = (102, 190), (3, 10, *range(200, 300))
# how the vendor says that a question is too large for an answer while one waits
TOO_MUCH = "reduce the amount of data"
DONE, FAILED = "Job Completed", ("Job Failed", "Job Skipped")
# a report is asked about in growing steps, up to about ten minutes
REPORT_WAITS = (1, 2, 4, 8, 15, *([30] * 18))


@configspec
class MetaAdsSettings(SourceSettings):
    """Settings of the source; ``account_ids`` is one ad account or several, with commas."""

    base_url: str = ""
    start_date: date | None = None
    lookback_days: int = LOOK_BACK_DAYS
    account_ids: str = ""
    access_token: TSecretStrValue | None = None

    def accounts(self) -> list[str]:
        """Return the ad accounts as the API names them: ``act_<number>``."""
        given = [name.strip().removeprefix("act_") for name in self.account_ids.split(",")]
        return [f"act_{name}" for name in given if name]

    def check(self) -> None:
        """Refuse account ids that are no numbers and a look-back below a day."""
        for name in self.accounts():
            if not name.removeprefix("act_").isdigit():
                raise KetteError(
                    f"{name!r} is no ad account",
                    where="SOURCES__META_ADS__ACCOUNT_IDS",
                    fix="Give the numbers that the ads manager shows, with commas between them",
                )
        if self.lookback_days < 1:
            raise KetteError(
                "the look-back must be a day or more", where="SOURCES__META_ADS__LOOKBACK_DAYS"
            )


class TooMuchData(Exception):  # noqa: N818 - leads to another way of asking
    """The vendor will not answer this much while one waits."""


def connect(settings: MetaAdsSettings) -> Client:
    """Make the client of a run; the token goes into a header, so that no address shows it."""
    return Client("meta_ads", settings.base_url, BearerAuth(settings.access_token))


def get(client: Client, path: str, params: dict[str, Any], where: str) -> Any:
    """Return the body of an answer.

    Raises:
        TooMuchData: It has to be asked for as a report.
        KetteError: One of its kinds; see ``ingestion/errors.py``.
    """
    answer = polling.ask(
        client,
        path,
        lambda: client.get(path, params, accept=ACCEPTED),
        lambda found: _judge(client, found, where),
    )
    return answer.json()


def _judge(client: Client, answer: Answer, where: str) -> None:
    """Let an answer pass, or raise what its error means: the status alone does not tell."""
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return
    body = answer.json()
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        error = {}
    code, said = error.get("code"), str(error.get("message", ""))
    if TOO_MUCH in said.lower():
        raise TooMuchData
    if code in THROTTLED or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise polling.NotYet(
            ResumeLaterError(
                "too many requests for the ad account", where=where, fix="Run again in an hour"
            ),
            _regain_seconds(answer.headers),
        )
    if code in TRANSIENT or (code is None and answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR):
        raise polling.NotYet(
            UnreachableError("the vendor fails for a moment", where=where, fix="Run again later")
        )
    raise _refusal(code, client.shown(said), answer.status, where)


def _refusal(code: Any, said: str, status: int, where: str) -> KetteError:
    if code in BAD_TOKEN or status == HTTPStatus.UNAUTHORIZED:
        return CredentialsError(
            "the access token is refused or has expired",
            where=where,
            fix="Make a new one for the system user and set SOURCES__META_ADS__ACCESS_TOKEN",
        )
    if code in NO_RIGHT or status == HTTPStatus.FORBIDDEN:
        return MissingRightError(
            "the token may not read this ad account",
            where=where,
            fix="Assign the account to the system user and give the token ads_read",
        )
    return KetteError(
        f"the vendor refuses the request, status {status}, code {code}: {said}", where=where
    )


def _regain_seconds(headers: Mapping[str, str]) -> float | None:
    """Return the wait that the usage headers name; it is given in minutes, per ad account."""
    told = retry_after(headers)
    if told is not None:
        return told
    try:
        usage = json.loads(headers.get("X-Business-Use-Case-Usage", "{}"))
        minutes = [
            each.get("estimated_time_to_regain_access", 0)
            for entries in usage.values()
            for each in entries
        ]
    except (ValueError, AttributeError, TypeError):
        return None
    return max(minutes, default=0) * 60 or None


def pages(client: Client, path: str, params: dict[str, Any], where: str) -> Iterator[list[Any]]:
    """Yield the pages of a listing.

    The last page has a cursor too: only a missing ``paging.next`` tells the end. That address
    itself is not followed, since it carries the token.
    """
    cursors = Cursors(where)
    asked = {**params, "limit": PAGE_LIMIT}
    while True:
        body = get(client, path, asked, where)
        entries = body.get("data") if isinstance(body, dict) else None
        if not isinstance(entries, list):
            raise IncompleteAnswerError("the answer holds no data", where=where, fix="Run again")
        yield entries
        paging = body.get("paging") or {}
        if not paging.get("next"):
            return
        asked["after"] = cursors.follow((paging.get("cursors") or {}).get("after"))


def report(client: Client, path: str, params: dict[str, Any], where: str) -> str:
    """Have a report made and return its id once it can be read.

    Raises:
        IncompleteAnswerError: The report failed.
        ResumeLaterError: It takes longer than a run waits.
    """
    answer = polling.ask(
        client,
        path,
        lambda: client.post(path, data=params, accept=ACCEPTED),
        lambda found: _judge(client, found, where),
    )
    body = answer.json()
    number = body.get("report_run_id") if isinstance(body, dict) else None
    if not number:
        raise IncompleteAnswerError("no report was begun", where=where, fix="Run again later")
    for wait in REPORT_WAITS:
        state = get(client, f"/{number}", {}, where)
        # the percentage reaches 100 before the report can be read
        if state.get("async_status") == DONE and state.get("async_percent_completion") == 100:  # noqa: PLR2004
            return str(number)
        if state.get("async_status") in FAILED:
            raise IncompleteAnswerError(
                "the report failed at the vendor", where=where, fix="Run again later"
            )
        client.progress(f"{where}: the report is being made")
        http.sleep(wait)
    raise ResumeLaterError(
        "the report is not ready yet", where=where, fix="Run again later: it goes on from there"
    )
