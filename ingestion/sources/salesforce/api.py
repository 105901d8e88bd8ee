"""Salesforce's protocol: signing in, the org's limits, and what its error codes mean.

Refusals come as lists of ``{message, errorCode}``. A session may end in the middle of a listing:
the client signs in once more and repeats the request. How many requests the org has left is told
with each answer; the client stops before it uses up what others need.
"""

from __future__ import annotations

import re
from datetime import date  # noqa: TC003 - dlt resolves the annotation
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.errors import (
    CredentialsError,
    IncompleteAnswerError,
    KetteError,
    MissingRightError,
    ResumeLaterError,
)
from ingestion.hiding import learn
from ingestion.http.auth import SecretAuth
from ingestion.http.client import Client
from ingestion.settings import secret_text
from ingestion.toolkit.source import SourceSettings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from requests import PreparedRequest

    from ingestion.http.decompression import Sink
    from ingestion.http.responses import Answer

SOURCE = "salesforce"
ALL_PERCENT = 100
SIGN_IN = "services/oauth2/token"
# answers that say in Salesforce's own words what is wrong
REFUSALS = frozenset({400, 401, 403, 404, 414, 431})
LIMIT_REACHED = "REQUEST_LIMIT_EXCEEDED"
API_OFF = frozenset({"API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"})
# what an object is answered with that the user may not see
HIDDEN_OBJECT = frozenset({"NOT_FOUND", "INVALID_TYPE", "INSUFFICIENT_ACCESS"})

_USAGE = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")
_VERSION = re.compile(r"\d{2,3}\.0")


class OrgRefusalError(KetteError):
    """Salesforce does not do what it was asked; ``code`` is its own word for why."""

    code = ""


@configspec
class SalesforceSettings(SourceSettings):
    """Settings of the source; without a refresh token the client-credentials flow signs in."""

    base_url: str = ""
    client_id: str | None = None
    client_secret: TSecretStrValue | None = None
    refresh_token: TSecretStrValue | None = None
    api_version: str = "61.0"
    start_date: date | None = None
    bulk_from_rows: int = 20_000
    most_api_percent: int = 80

    def check(self) -> None:
        """Refuse a version or a share of the wrong form."""
        if not _VERSION.fullmatch(self.api_version):
            raise KetteError(
                f"{self.api_version!r} is no version of the API",
                where="SOURCES__SALESFORCE__API_VERSION",
                fix="Write it like 61.0",
            )
        if not 0 < self.most_api_percent <= ALL_PERCENT:
            raise KetteError(
                f"{self.most_api_percent} is no share",
                where="SOURCES__SALESFORCE__MOST_API_PERCENT",
                fix="Set a number from 1 to 100",
            )


class SessionAuth(SecretAuth):
    """The token of the present session; none before the first request."""

    def __init__(self, *secrets: Any) -> None:
        super().__init__(*secrets)
        self.token = ""

    def header(self) -> str:
        """Return the value of the Authorization header."""
        return f"Bearer {self.token}"

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request; the one that signs in carries no token."""
        if self.token:
            request.headers["Authorization"] = self.header()
        return request


class SalesforceClient(Client):
    """A client that signs in when it has to, and says what Salesforce's codes mean."""

    def __init__(self, settings: SalesforceSettings) -> None:
        self._settings = settings
        self._session_auth = SessionAuth(settings.client_secret, settings.refresh_token)
        super().__init__(SOURCE, settings.base_url, self._session_auth)
        self._sign_in_url = urljoin(self.base_url, SIGN_IN)
        self._refresh_token = secret_text(settings.refresh_token)
        self._used, self._allowed = 0, 0

    def data(self, path: str) -> str:
        """Return the path of a resource of the configured version."""
        return f"/services/data/v{self._settings.api_version}/{path}"

    def _send(
        self,
        method: str,
        path: str,
        accept: Collection[int],
        stream_to: Sink | None,
        **content: Any,
    ) -> Answer:
        if not self._session_auth.token:
            self._sign_in()
        self._leave_some()
        answer = self._ask(method, path, accept, stream_to, content)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._sign_in()
            answer = self._ask(method, path, accept, stream_to, content)
        if answer.status in REFUSALS - set(accept):
            raise self._refused(answer, path)
        return answer

    def _ask(
        self,
        method: str,
        path: str,
        accept: Collection[int],
        stream_to: Sink | None,
        content: Mapping[str, Any],
    ) -> Answer:
        answered = self.answered
        answer = super()._send(method, path, REFUSALS | set(accept), stream_to, **content)
        if answer.status in REFUSALS:
            # a refusal does not show that the credentials are good for anything
            self.answered = answered
        if found := _USAGE.search(answer.headers.get("Sforce-Limit-Info", "")):
            self._used, self._allowed = int(found[1]), int(found[2])
        return answer

    def _sign_in(self) -> None:
        settings, answered = self._settings, self.answered
        form = {
            "client_id": settings.client_id or "",
            "client_secret": secret_text(settings.client_secret),
            "grant_type": "refresh_token" if self._refresh_token else "client_credentials",
        }
        if self._refresh_token:
            form["refresh_token"] = self._refresh_token
        self._session_auth.token = ""
        answer = super()._send(
            "POST", self._sign_in_url, {400, 401, 403}, None, params=None, json=None, data=form
        )
        self.answered = answered
        body = answer.json() if isinstance(answer.json(), dict) else {}
        if answer.status != HTTPStatus.OK:
            said = self.shown(": ".join(filter(None, map(body.get, ("error", _DESCRIPTION)))))
            raise CredentialsError(
                f"signing in is refused, status {answer.status} ({said or 'without a reason'})",
                where=self._where(self._sign_in_url),
                fix="Check SOURCES__SALESFORCE__… in .env: the connected app, its secret, and the "
                "refresh token or, without one, the run-as user and the My Domain address",
            )
        self._begin(body)

    def _begin(self, body: dict[str, Any]) -> None:
        token, instance = body.get("access_token"), str(body.get("instance_url") or "")
        where = self._where(self._sign_in_url)
        if not isinstance(token, str) or not token or not urlsplit(instance).netloc:
            raise IncompleteAnswerError(
                "signing in gives no token or no address", where=where, fix="Run again later"
            )
        if urlsplit(instance).scheme != urlsplit(self._sign_in_url).scheme:
            raise CredentialsError(
                "the org's address is not encrypted", where=where, fix="Check the base URL"
            )
        self._session_auth.token = token
        if rotated := body.get("refresh_token"):
            self._refresh_token = str(rotated)
        learn(token, self._refresh_token)
        self.base_url = instance.rstrip("/") + "/"

    def _leave_some(self) -> None:
        if (
            self._allowed
            and self._used >= self._allowed * self._settings.most_api_percent / ALL_PERCENT
        ):
            raise ResumeLaterError(
                f"{self._used} of the org's {self._allowed} API requests in 24 hours are used, and "
                "the rest is left to others",
                where=SOURCE,
                fix="Run again later: it goes on from there; "
                "SOURCES__SALESFORCE__MOST_API_PERCENT sets the share",
            )

    def _refused(self, answer: Answer, path: str) -> KetteError:
        code, said = first_error(answer)
        shown = self.shown(": ".join(filter(None, (code, said))))
        where = self._where(urljoin(self.base_url, path.lstrip("/")))
        if code == LIMIT_REACHED:
            return ResumeLaterError(
                f"the org's limit of API requests in 24 hours is used up ({shown})",
                where=where,
                fix="Run again later: what was loaded stays, and it goes on from there",
            )
        if code in API_OFF:
            return CredentialsError(
                f"the API is disabled for this org ({shown})",
                where=where,
                fix="Use an edition with API access and give the user the permission API Enabled",
            )
        if answer.status == HTTPStatus.UNAUTHORIZED:
            return CredentialsError(
                f"a new session is refused as well, status 401 ({shown})",
                where=where,
                fix="Check the connected app's policies and the user it runs as",
            )
        if answer.status == HTTPStatus.FORBIDDEN:
            return MissingRightError(
                f"a right is missing, status 403 ({shown})",
                where=where,
                fix="Give the user read access to the object and the permission API Enabled",
            )
        refusal = OrgRefusalError(
            f"the request is refused, status {answer.status} ({shown})",
            where=where,
            fix="Run again; if it stays, the text in brackets is what to report",
        )
        refusal.code = code
        return refusal


_DESCRIPTION = "error_description"


def first_error(answer: Answer) -> tuple[str, str]:
    """Return code and message of a refusal; empty texts where it has another form."""
    body = answer.json()
    found = body[0] if isinstance(body, list) and body else body
    if not isinstance(found, dict):
        return "", ""
    return str(found.get("errorCode") or ""), str(found.get("message") or "")


def connect(settings: SalesforceSettings) -> Client:
    """Make the client of a run; it signs in with its first request."""
    return SalesforceClient(settings)
