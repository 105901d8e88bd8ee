"""The one way to talk to a vendor: budgets, retries, and no answer taken for whole that is not.

An answer counts only when its body arrived completely (content length, chunk framing, gzip
trailer) and, where JSON is expected, when it is JSON and no error in disguise; anything less is
asked for again. Up to an hour is waited as the vendor says, with a sign of life; what takes longer
ends the run with ``ResumeLaterError``, and the next one asks no earlier.
"""

from __future__ import annotations

import time
import zlib
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from ingestion.answers import SHOWN, Answer, NoJson, disguised, message, parse, problem
from ingestion.budget import Budget, Meter, backoff, retry_after
from ingestion.errors import (
    CredentialsError,
    IncompleteAnswerError,
    KetteError,
    MissingRightError,
    ResumeLaterError,
    UnreachableError,
)
from ingestion.unpack import GZIP_NAMES, Gunzip, says_its_end

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from ingestion.auth import SecretAuth

__all__ = ["MAX_WAIT", "Answer", "Budget", "Client"]

# the longest a run waits for a vendor at one request: limits by the hour are waited for
MAX_WAIT = 3600
# how often somebody who watches a long wait is told that it goes on
HEARTBEAT = 30
ATTEMPTS = 6
# a host that takes no connection at all is seldom back in half a minute
ATTEMPTS_TO_CONNECT = 3
CONNECT_SECONDS, READ_SECONDS = 10, 60
# a body that drips is given up: JSON answers are small, exports are not
BODY_SECONDS, DOWNLOAD_SECONDS = 120, 3600
CHUNK = 1 << 18
MAX_REDIRECTS = 3
HEAD = 4096
HAS_CONTENT = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.PARTIAL_CONTENT})

# HubSpot's word for an account that is being moved: it says how long, up to a day
MOVING = 477

sleep = time.sleep


class _Again(Exception):  # noqa: N818 - a step of the retry loop, never seen outside
    """This attempt failed and may be repeated."""

    def __init__(
        self, error: KetteError, wait: float | None = None, attempts: int = ATTEMPTS
    ) -> None:
        super().__init__(str(error))
        self.error, self.wait, self.attempts = error, wait, attempts


class Client:
    """Sends the requests of one source.

    Args:
        source: Name of the source, for messages.
        base_url: What paths are relative to.
        auth: Signs each request.
        budgets: Limits of the vendor; kept across retries and, for long windows, processes.
        timeout: Seconds without a byte after which a connection is given up.
    """

    def __init__(
        self,
        source: str,
        base_url: str,
        auth: SecretAuth | None = None,
        *,
        budgets: Sequence[Budget] = (),
        timeout: float = READ_SECONDS,
    ) -> None:
        self.source = source
        self.base_url = base_url.rstrip("/") + "/"
        self.requests = 0
        self.bytes = 0
        # complete answers: none yet means that the host or the credentials are wrong altogether
        self.answered = 0
        self.progress: Callable[[str], None] = lambda _text: None
        self._auth = auth
        self._timeout = (CONNECT_SECONDS, timeout)
        self._meter = Meter(budgets, source)
        self._session = requests.Session()
        # neither .netrc nor proxy variables decide where a key is sent
        self._session.trust_env = False

    def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        stream_to: Path | None = None,
        accept: Collection[int] = (),
    ) -> Answer:
        """Ask for something.

        Args:
            path: Below the base URL, or a whole URL of another host of the vendor.
            params: Query parameters.
            stream_to: Write the body to this file (decompressed) instead of parsing it as JSON.
            accept: Statuses that are handed back instead of raised.

        Raises:
            KetteError: One of its kinds; see ``ingestion/errors.py``.
        """
        return self._send("GET", path, accept, stream_to, params=params)

    def post(
        self,
        path: str,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        *,
        accept: Collection[int] = (),
    ) -> Answer:
        """Post JSON or a form; everything else as in ``get``."""
        return self._send("POST", path, accept, None, params=params, json=json, data=data)

    def pause(self, path: str, seconds: float, reason: str, waited: float = 0.0) -> None:
        """Wait, as a vendor says in a body; a later run asks for the path no earlier, either."""
        url = self._url(path)
        self._meter.pause(url, seconds)
        if waited + seconds > MAX_WAIT:
            raise self._too_long(reason, url, seconds)
        self._wait(self._meter.delay(url), reason, url)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _send(
        self,
        method: str,
        path: str,
        accept: Collection[int],
        stream_to: Path | None,
        **content: Any,
    ) -> Answer:
        url = self._url(path)
        waited, reason = 0.0, "the vendor's limit"
        for attempt in range(1, ATTEMPTS + 1):
            self._wait(self._meter.delay(url), reason, url)
            try:
                answer = self._once(method, url, accept, stream_to, content)
            except _Again as again:
                if attempt >= again.attempts:
                    raise again.error from again
                pause = again.wait if again.wait is not None else backoff(attempt)
                waited, reason = waited + pause, again.error.what
                self._meter.pause(url, pause)
                if waited > MAX_WAIT:
                    raise self._too_long(reason, url, waited) from again
            else:
                self.answered += 1
                return answer
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _url(self, path: str) -> str:
        return urljoin(self.base_url, path.lstrip("/") if "://" not in path else path)

    def _wait(self, seconds: float, reason: str, url: str) -> None:
        if seconds <= 0:
            return
        if seconds > MAX_WAIT:
            raise self._too_long(reason, url, seconds)
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        while seconds > 0:
            if seconds >= 1:
                left = (
                    f"{seconds:.0f} s" if seconds <= 2 * HEARTBEAT else f"until {until:%H:%M} UTC"
                )
                self.progress(f"{self.source}: waiting {left} ({reason})")
            sleep(min(seconds, HEARTBEAT))
            seconds -= HEARTBEAT

    def _once(
        self,
        method: str,
        url: str,
        accept: Collection[int],
        stream_to: Path | None,
        content: Mapping[str, Any],
    ) -> Answer:
        for _ in range(MAX_REDIRECTS):
            self._meter.note(url)
            self.requests += 1
            try:
                with self._session.request(
                    method,
                    url,
                    auth=self._auth,
                    headers={"Accept-Encoding": "gzip"},
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                    **content,
                ) as response:
                    if not response.is_redirect:
                        return self._receive(response, accept, stream_to)
                    url = self._redirect(url, response.headers["Location"])
                    # the new address carries its own parameters
                    content = {**content, "params": None}
            except requests.exceptions.SSLError as error:
                raise UnreachableError(
                    "its certificate cannot be trusted",
                    where=self._where(url),
                    fix="Check the base URL and this machine's certificates",
                ) from error
            except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
                attempts = ATTEMPTS_TO_CONNECT if _is_down(error) else ATTEMPTS
                raise _Again(self._unreachable(url, error), attempts=attempts) from error
        raise KetteError("it redirects without end", where=self._where(url), fix=_CHECK_URL)

    def _receive(
        self, response: requests.Response, accept: Collection[int], stream_to: Path | None
    ) -> Answer:
        status, wanted = response.status_code, response.status_code < HTTPStatus.MULTIPLE_CHOICES
        where = self._where(response.url)
        if wanted and stream_to is not None:
            with stream_to.open("w+b") as file:
                for chunk in self._body(response, DOWNLOAD_SECONDS):
                    file.write(chunk)
                file.seek(0)
                if what := disguised(file.read(HEAD)):
                    raise _Again(
                        IncompleteAnswerError(
                            f"instead of data comes {self.shown(what)}",
                            where=where,
                            fix=_CHECK_URL,
                        )
                    )
            return Answer(status, response.headers, b"", has_end=says_its_end(response.headers))
        body = b"".join(self._body(response, BODY_SECONDS))
        value = parse(body)
        if status in accept:
            return Answer(
                status, response.headers, body, None if isinstance(value, NoJson) else value
            )
        if not wanted:
            raise self._refusal(response, value, body)
        if isinstance(value, NoJson):
            raise _Again(
                IncompleteAnswerError(
                    f"the answer is {value.what} instead of JSON", where=where, fix=_CHECK_URL
                )
            )
        if said := problem(value):
            raise _Again(
                IncompleteAnswerError(
                    f"an error with status {status}: {self.shown(said)}",
                    where=where,
                    fix="Run again later; if it stays, ask the vendor",
                )
            )
        return Answer(status, response.headers, body, value)

    def _body(self, response: requests.Response, seconds: float) -> Iterator[bytes]:
        """Yield the decompressed body; raises where it is not whole."""
        deadline = time.monotonic() + seconds
        encoding = response.headers.get("Content-Encoding", "").lower()
        gzip = Gunzip() if encoding in GZIP_NAMES else None
        received = 0
        for chunk in response.raw.stream(CHUNK, decode_content=False):
            received += len(chunk)
            self.bytes += len(chunk)
            try:
                yield gzip.unpack(chunk) if gzip else chunk
            except zlib.error as error:
                raise _Again(self._cut(response.url)) from error
            if time.monotonic() > deadline:
                raise _Again(self._cut(response.url))
        # of a refusal, or where no content is announced, nothing at all is whole too
        is_due = received or response.status_code in HAS_CONTENT
        if gzip and is_due and not gzip.is_whole:
            raise _Again(self._cut(response.url))

    def _refusal(self, response: requests.Response, value: Any, body: bytes) -> Exception:
        """Return what to raise for a status that is an error."""
        status, where = response.status_code, self._where(response.url)
        said = message(value) or (value.text if isinstance(value, NoJson) else "")
        if (
            status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
            or b"Unable to authenticate request" in body
        ):
            what = (
                "the credentials are refused"
                if status != HTTPStatus.FORBIDDEN
                else "a right is missing"
            )
            detail = f" ({self.shown(said)})" if said and status == HTTPStatus.FORBIDDEN else ""
            kind = MissingRightError if status == HTTPStatus.FORBIDDEN else CredentialsError
            return kind(
                f"{what}, status {status}{detail}",
                where=where,
                fix=f"Check SOURCES__{self.source.upper()}__… in .env, and what the key may read",
            )
        if (
            status == HTTPStatus.TOO_MANY_REQUESTS
            and isinstance(value, dict)
            and value.get("policyName") == "DAILY"
        ):
            # HubSpot says which of its limits is used up: this one takes until midnight
            return ResumeLaterError(
                "the vendor's limit of requests per day is used up",
                where=where,
                fix="Run again tomorrow: what was loaded stays, and it goes on from there",
            )
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            error = ResumeLaterError(
                "too many requests for the vendor", where=where, fix="Run again later: it goes on"
            )
            return _Again(error, retry_after(response.headers))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in {
            HTTPStatus.REQUEST_TIMEOUT,
            MOVING,
        }:
            error_5xx = UnreachableError(
                f"the vendor fails with status {status}",
                where=where,
                fix="Run again later; what was loaded stays",
            )
            return _Again(error_5xx, retry_after(response.headers))
        return KetteError(
            f"the vendor refuses the request, status {status}: {self.shown(said)}", where=where
        )

    def _redirect(self, url: str, location: str) -> str:
        target = urljoin(url, location)
        before, after = urlsplit(url), urlsplit(target)
        if (before.scheme, before.netloc) != (after.scheme, after.netloc):
            raise KetteError(
                f"it redirects to another host ({after.netloc}), which is not followed",
                where=self._where(url),
                fix=_CHECK_URL,
            )
        return target

    def shown(self, text: str) -> str:
        """Return a vendor's words as they may be shown: short, in one line, no secret in them."""
        hidden = self._auth.hide(text) if self._auth else text
        return " ".join(hidden.split())[:SHOWN]

    def _where(self, url: str) -> str:
        parts = urlsplit(url)
        # an address may hold a password
        return f"{self.source} {parts.netloc.rpartition('@')[2]}{parts.path}"

    def _unreachable(self, url: str, error: Exception) -> UnreachableError:
        what = "the host does not answer"
        if isinstance(
            error, (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError)
        ):
            what = "the connection breaks in the middle of an answer"
        return UnreachableError(
            what, where=self._where(url), fix="Check the network and the base URL, then run again"
        )

    def _cut(self, url: str) -> IncompleteAnswerError:
        return IncompleteAnswerError(
            "the answer arrives incomplete", where=self._where(url), fix="Run again later"
        )

    def _too_long(self, reason: str, url: str, seconds: float) -> ResumeLaterError:
        return ResumeLaterError(
            f"{reason}: the next request may be sent in {seconds / 60:.0f} minutes",
            where=self._where(url),
            fix="Run again then: what was loaded stays, and it goes on from there",
        )


_CHECK_URL = "Check the base URL of the source"


def _is_down(error: Exception) -> bool:
    """Return whether no connection was made at all."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError)
