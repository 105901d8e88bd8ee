"""The one way to talk to a vendor: rate limits, retries, and only complete answers.

An answer counts only if its body arrived completely (content length, chunk framing, gzip trailer). If
JSON is expected, the body must be JSON and not an error in disguise. Otherwise the client asks again.
It waits up to an hour if the vendor says so, and reports that it is waiting. A longer wait ends the
run with ``ResumeLaterError``, and the next run asks no earlier.
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

from ingestion.errors import (
    IncompleteAnswerError,
    KetteError,
    ResumeLaterError,
    UnreachableError,
)
from ingestion.hiding import hide, scrubbed
from ingestion.http.decompression import GZIP_NAMES, Gunzip, says_its_end
from ingestion.http.rate_limits import Budget, Meter, backoff
from ingestion.http.refusals import ATTEMPTS, Again, refusal
from ingestion.http.responses import SHOWN, Answer, NoJson, disguised, message, parse, problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from ingestion.http.auth import SecretAuth
    from ingestion.http.decompression import Sink

# the longest a run waits for a vendor at one request: limits by the hour are waited for
MAX_WAIT = 3600
# how often somebody who watches a long wait is told that it goes on
HEARTBEAT = 30
# a host that takes no connection at all is seldom back in half a minute
ATTEMPTS_TO_CONNECT = 3
# a download that arrives whole and says that it is not
ATTEMPTS_AT_DATA = 3
CONNECT_SECONDS, READ_SECONDS = 10, 60
# a body that drips is given up: JSON answers are small, exports are not
BODY_SECONDS, DOWNLOAD_SECONDS = 120, 3600
CHUNK = 1 << 18
MAX_REDIRECTS = 3
HEAD = 4096
HAS_CONTENT = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.PARTIAL_CONTENT})

sleep = time.sleep


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
        # called after each that gives what was asked for, but for signing in
        self.on_answer: Callable[[], None] = lambda: None
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
        stream_to: Sink | None = None,
        accept: Collection[int] = (),
    ) -> Answer:
        """Ask for something.

        Args:
            path: Below the base URL, or a whole URL of another host of the vendor.
            params: Query parameters.
            stream_to: Takes the body (decompressed) as it arrives; what it returns is the answer's
                value. It is called anew when the request is repeated: of a body that breaks off, or
                that it finds incomplete, nothing may remain.
            accept: Statuses that are handed back instead of raised.

        Raises:
            KetteError: One of its kinds; see ``ingestion/errors.py``.
        """
        return self._told(self._send("GET", path, accept, stream_to, params=params))

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
        answer = self._send("POST", path, accept, None, params=params, json=json, data=data)
        return self._told(answer)

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

    def _told(self, answer: Answer) -> Answer:
        if answer.status < HTTPStatus.MULTIPLE_CHOICES:
            self.on_answer()
        return answer

    def _send(
        self,
        method: str,
        path: str,
        accept: Collection[int],
        stream_to: Sink | None,
        **content: Any,
    ) -> Answer:
        url = self._url(path)
        waited, reason = 0.0, "the vendor's limit"
        for attempt in range(1, ATTEMPTS + 1):
            self._wait(self._meter.delay(url), reason, url)
            try:
                with scrubbed():
                    answer = self._once(method, url, accept, stream_to, content)
            except Again as again:
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
        stream_to: Sink | None,
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
                raise Again(self._unreachable(url, error), attempts=attempts) from error
        raise KetteError("it redirects without end", where=self._where(url), fix=_CHECK_URL)

    def _receive(
        self, response: requests.Response, accept: Collection[int], stream_to: Sink | None
    ) -> Answer:
        status, wanted = response.status_code, response.status_code < HTTPStatus.MULTIPLE_CHOICES
        where = self._where(response.url)
        if wanted and stream_to is not None:
            pieces = self._data(response, where)
            try:
                value = stream_to(pieces)
            except IncompleteAnswerError as error:
                told = IncompleteAnswerError(error.what, where=where, fix="Run again later")
                raise Again(told, attempts=ATTEMPTS_AT_DATA) from error
            # whole is what was read to its end
            for _ in pieces:
                pass
            return Answer(
                status, response.headers, b"", value, has_end=says_its_end(response.headers)
            )
        body = b"".join(self._body(response, BODY_SECONDS))
        value = parse(body)
        if status in accept:
            return Answer(
                status, response.headers, body, None if isinstance(value, NoJson) else value
            )
        if not wanted:
            said = message(value) or (value.text if isinstance(value, NoJson) else "")
            raise refusal(self.source, response, value, self.shown(said), where)
        if isinstance(value, NoJson):
            raise Again(
                IncompleteAnswerError(
                    f"the answer is {value.what} instead of JSON", where=where, fix=_CHECK_URL
                )
            )
        if wrong := problem(value):
            raise Again(
                IncompleteAnswerError(
                    f"an error with status {status}: {self.shown(wrong)}",
                    where=where,
                    fix="Run again later; if it stays, ask the vendor",
                )
            )
        return Answer(status, response.headers, body, value)

    def _data(self, response: requests.Response, where: str) -> Iterator[bytes]:
        """Yield the body of a download; raises where it begins like something else."""
        pieces = self._body(response, DOWNLOAD_SECONDS)
        head = b""
        while len(head) < HEAD and (piece := next(pieces, None)) is not None:
            head += piece
        if what := disguised(head[:HEAD]):
            said = f"instead of data comes {self.shown(what)}"
            raise Again(IncompleteAnswerError(said, where=where, fix=_CHECK_URL))
        yield head
        yield from pieces

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
                raise Again(self._cut(response.url)) from error
            if time.monotonic() > deadline:
                raise Again(self._cut(response.url))
        # of a refusal, or where no content is announced, nothing at all is whole too
        is_due = received or response.status_code in HAS_CONTENT
        if gzip and is_due and not gzip.is_whole:
            raise Again(self._cut(response.url))

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
        return " ".join(hide(text).split())[:SHOWN]

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
