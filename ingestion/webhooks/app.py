"""The HTTP interface of the receiver: `POST /webhooks/<source>`, `/healthz` and `/metrics`.

A vendor that does not sign its messages gets an address with a secret at its end,
`/webhooks/<source>/<key>`. `/healthz` and `/metrics` are only for this machine and never answer through a
reverse proxy.

A message is answered 2xx only when it is stored durably. The source interprets its body when it drains
the inbox; a genuine message with an empty body is stored like any other.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ingestion.control import store
from ingestion.errors import KetteError
from ingestion.webhooks import inbox
from ingestion.webhooks.inbox import Message
from ingestion.webhooks.signatures import Signed, content, text_at
from ingestion.webhooks.verifiers import (
    HOOKS,
    VERIFIERS,
    Post,
    Verifier,
    secret_of,
    signed_sender,
    variable_of,
)
from ingestion.webhooks.writer import NotStoredError, Writer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BODY_BYTES = 1024 * 1024
BODY_SECONDS = 8.0
# of all bodies that are being received: who sends them is not known before they are whole
READING_BYTES = 64 * 1024 * 1024
# what a reverse proxy adds: whoever asks through one is not on this machine
FORWARDED = (
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "via",
)
# of an event id and an event's name; what is longer is no vendor's
LABEL_CHARACTERS = 200


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure
    """A request that is not stored, with the answer it gets."""

    def __init__(self, status: int, outcome: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.outcome, self.reason = status, outcome, reason


class Receiver:
    """Receives, counts and answers."""

    def __init__(self) -> None:
        self.writer = Writer()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._reading = 0

    async def receive(self, request: Request) -> Response:
        """Answer a vendor's message."""
        source = request.path_params["source"]
        known = source if source in VERIFIERS else "unknown"
        try:
            if source in VERIFIERS:
                message = await self._verified(source, request)
            else:
                signed, secret = _described(source)
                known = HOOKS
                message = await self._signed_by(source, signed, secret, request)
            outcome = "stored" if await self.writer.store(message) else "repeated"
        except Refusal as refusal:
            self._counts[known, refusal.outcome] += 1
            later = (
                {"Retry-After": "60"} if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE else None
            )
            return JSONResponse({"error": refusal.reason}, refusal.status, later)
        except NotStoredError as failure:
            self._counts[known, "failed"] += 1
            return JSONResponse({"error": str(failure)}, 503, {"Retry-After": "60"})
        self._counts[known, outcome] += 1
        return JSONResponse({"status": outcome})

    async def health(self, request: Request) -> Response:
        """Tell whether the store can be written, by writing to it."""
        if not _is_here(request):
            return Response(status_code=404)
        try:
            await self.writer.probe()
        except NotStoredError as failure:
            return JSONResponse({"status": "failing", "reason": str(failure)}, 503)
        return JSONResponse({"status": "ok"})

    async def metrics(self, request: Request) -> Response:
        """Return the counts in the Prometheus text format."""
        if not _is_here(request):
            return Response(status_code=404)
        waiting = await asyncio.to_thread(inbox.waiting)
        lines = [
            "# HELP kette_webhook_requests_total Requests by source and what became of them.",
            "# TYPE kette_webhook_requests_total counter",
            *(
                f'kette_webhook_requests_total{{source="{source}",outcome="{outcome}"}} {count}'
                for (source, outcome), count in sorted(self._counts.items())
            ),
            "# HELP kette_webhook_commits_total Commits of the inbox; each may hold many messages.",
            "# TYPE kette_webhook_commits_total counter",
            f"kette_webhook_commits_total {self.writer.commits}",
            "# HELP kette_webhook_commit_seconds_total Time these commits took.",
            "# TYPE kette_webhook_commit_seconds_total counter",
            f"kette_webhook_commit_seconds_total {self.writer.commit_seconds:.6f}",
            "# HELP kette_webhook_waiting Stored messages that are not drained yet.",
            "# TYPE kette_webhook_waiting gauge",
            *(
                f'kette_webhook_waiting{{source="{source}"}} {waiting.get(source, 0)}'
                for source in (*VERIFIERS, HOOKS)
            ),
        ]
        return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    async def _verified(self, source: str, request: Request) -> Message:
        verifier = VERIFIERS[source]
        secret = secret_of(source)
        if not secret:
            raise Refusal(503, "not_configured", f"{variable_of(source)} is not set")
        body = await self._body(request)
        post = Post(body, request.headers, request.path_params.get("key", ""))
        if not verifier.is_genuine(secret, post):
            reason = "the signature, or the key in the address, is wrong, or the message is too old"
            raise Refusal(401, "forged", reason)
        event_id = request.headers.get(verifier.event_id_header, "").strip()
        if not 0 < len(event_id) <= LABEL_CHARACTERS:
            # a message without an id is told from others by its body
            event_id = f"body:{inbox.body_hash(body)}"
        return Message(source, event_id, _event(verifier, body), body, store.now())

    async def _signed_by(
        self, name: str, signed: Signed, secret: bytes, request: Request
    ) -> Message:
        body = await self._body(request)
        if not signed.is_genuine(secret, body, request.headers):
            raise Refusal(401, "forged", "the signature does not match the body, or is too old")
        event_id = signed.event_id(body, request.headers)
        is_known = 0 < len(event_id) <= LABEL_CHARACTERS
        if not is_known:
            event_id = f"body:{inbox.body_hash(body)}"
        event = _label(text_at(content(body), signed.event_field))
        return Message(
            HOOKS, f"{name}:{event_id}", event, body, store.now(), name, is_id_signed=is_known
        )

    async def _body(self, request: Request) -> bytes:
        """Read the raw body, within the limits of size, time and what is being received at once."""
        too_large = Refusal(413, "too_large", f"the body is over {BODY_BYTES} bytes")
        if _announced(request) > BODY_BYTES:
            raise too_large
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for chunk in request.stream():
                    if len(body) + len(chunk) > BODY_BYTES:
                        raise too_large
                    if self._reading + len(chunk) > READING_BYTES:
                        raise Refusal(503, "busy", "too much is being received at once")
                    body += chunk
                    self._reading += len(chunk)
        except TimeoutError:
            raise Refusal(408, "too_slow", "the body did not arrive in time") from None
        except ClientDisconnect:
            raise Refusal(400, "broken_off", "the body is incomplete") from None
        finally:
            self._reading -= len(body)
        if not body:
            raise Refusal(400, "empty", "the body is empty")
        return bytes(body)


def _described(name: str) -> tuple[Signed, bytes]:
    """Return the sender that the settings describe by this name, and its secret."""
    try:
        found = signed_sender(name)
    except KetteError as error:
        raise Refusal(503, "not_configured", str(error)) from None
    if found is None:
        raise Refusal(404, "unknown_source", "no source of this name is pushed to")
    if not found[1]:
        raise Refusal(503, "not_configured", "SOURCES__HOOKS__SECRET is not set")
    return found


def _is_here(request: Request) -> bool:
    """Return whether a program of this machine asks, and nobody through a reverse proxy."""
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _announced(request: Request) -> int:
    """Return how long the body is said to be; 0 where it is said to end by itself.

    Raises:
        Refusal: It is said in two ways, so that two readers would find two bodies.
    """
    lengths = request.headers.getlist("content-length")
    chunked = request.headers.getlist("transfer-encoding")
    if len(lengths) + len(chunked) > 1 or any(not each.isdecimal() for each in lengths):
        raise Refusal(400, "ambiguous", "the length of the body is said in more than one way")
    return int(lengths[0]) if lengths else 0


def _event(verifier: Verifier, body: bytes) -> str | None:
    """Return the event's name where the body has one that can be shown."""
    return _label(verifier.event(body))


def _label(event: object) -> str | None:
    """Return an event's name where it can be shown."""
    is_label = isinstance(event, str) and event.isprintable() and len(event) <= LABEL_CHARACTERS
    return str(event) if is_label and event else None


def make_app() -> Starlette:
    """Return the receiver as an ASGI application."""
    receiver = Receiver()

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with receiver.writer.running():
            yield

    return Starlette(
        routes=[
            Route("/webhooks/{source}", receiver.receive, methods=["POST"]),
            Route("/webhooks/{source}/{key}", receiver.receive, methods=["POST"]),
            Route("/healthz", receiver.health),
            Route("/metrics", receiver.metrics),
        ],
        lifespan=lifespan,
    )
