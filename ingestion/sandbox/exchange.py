"""Requests to the sandbox: what is recorded of them, and which fault they meet."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Fault = Callable[["Exchange"], Awaitable[None]]
    Headers = list[tuple[bytes, bytes]]

# what describes a body as it was framed and packed before a fault changed it
FRAMING = (b"content-length", b"content-encoding", b"transfer-encoding")


@dataclass(frozen=True)
class Seen:
    """A request that arrived; ``status`` is that of the answer, 0 where none began."""

    source: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    at: float
    status: int = 0

    @property
    def params(self) -> dict[str, str]:
        """Return the query's parameters; of repeated ones the last."""
        return {name: values[-1] for name, values in parse_qs(self.query, True).items()}  # noqa: FBT003


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    headers: Headers
    body: bytes

    def with_body(self, body: bytes, *more: tuple[bytes, bytes]) -> Answer:
        """Return it with another body and further headers."""
        return replace(self, body=body, headers=[*self.headers, *more])


@dataclass
class Exchange:
    """One request and the means to answer it, or not to."""

    app: ASGIApp
    scope: Scope
    seen: Seen
    send: Send
    abort: Callable[[], None]
    before: Seen | None

    async def ask(self, seen: Seen | None = None) -> Answer:
        """Return the router's whole answer, unpacked; to another request where one is given."""
        asked = seen or self.seen
        scope = {
            **self.scope,
            "query_string": asked.query.encode(),
            "headers": [h for h in self.scope["headers"] if h[0] != b"accept-encoding"],
        }
        status, headers, parts = 500, list[tuple[bytes, bytes]](), list[bytes]()

        async def collect(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], list(message["headers"])
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, replay(asked.body), collect)
        kept = [(name, value) for name, value in headers if name.lower() not in FRAMING]
        return Answer(status, kept, b"".join(parts))

    async def begin(self, answer: Answer) -> None:
        """Send the head; the body will be chunked unless its length is among the headers."""
        await self.send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": answer.headers,
            }
        )

    async def reply(self, answer: Answer, *, is_chunked: bool = False) -> None:
        """Send a whole answer, with its length unless it is to be chunked."""
        length = (b"content-length", str(len(answer.body)).encode())
        await self.begin(answer if is_chunked else answer.with_body(answer.body, length))
        await self.send({"type": "http.response.body", "body": answer.body})


@dataclass
class Rule:
    """A fault for the ``on``-th requests (from 1) to a source's paths; for all without ``on``."""

    source: str
    path: str
    on: Collection[int] | None
    fault: Fault
    count: int = 0

    def meets(self, seen: Seen) -> bool:
        """Count a request and tell whether the fault is due."""
        if seen.source != self.source or not fnmatchcase(seen.path, self.path):
            return False
        self.count += 1
        return self.on is None or self.count in self.on


@dataclass
class Plan:
    """The rules in force and the requests that were seen."""

    rules: list[Rule] = field(default_factory=list)
    requests: list[Seen] = field(default_factory=list)
    keeps_requests: bool = True

    def add(self, *rules: Rule) -> None:
        """Put further rules into force."""
        self.rules.extend(rules)

    def due(self, seen: Seen) -> Fault | None:
        """Return the fault a request meets: that of the first rule which is due."""
        due = [rule.fault for rule in list(self.rules) if rule.meets(seen)]
        return due[0] if due else None

    def note(self, seen: Seen, send: Send) -> tuple[Seen | None, Send]:
        """Keep a request; return the one before of its kind, and a send that notes the status."""
        if not self.keeps_requests:
            return None, send
        akin = (
            r for r in reversed(self.requests) if (r.method, r.path) == (seen.method, seen.path)
        )
        before, place = next(akin, None), len(self.requests)
        self.requests.append(seen)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.requests[place] = replace(seen, status=message["status"])
            await send(message)

        return before, noting


class Faulty:
    """The sandbox's application under a plan."""

    def __init__(self, app: ASGIApp, plan: Plan, aborts: Callable[[Scope], None]) -> None:
        self.app, self.plan, self._abort = app, plan, aborts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, truly or as the plan has it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen = await _read(scope, receive)
        fault = self.plan.due(seen)
        before, note = self.plan.note(seen, send)
        if fault is None:
            await self.app(scope, replay(seen.body), note)
        else:
            await fault(Exchange(self.app, scope, seen, note, lambda: self._abort(scope), before))


async def _read(scope: Scope, receive: Receive) -> Seen:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return Seen(
        source=scope["path"].split("/")[1],
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode(),
        headers={
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        },
        body=body,
        at=time.monotonic(),
    )


def replay(body: bytes) -> Receive:
    """Return a receive function for a body that was read already."""
    is_read = False

    async def receive() -> Message:
        nonlocal is_read
        if is_read:
            # the client is still there: wait as long as the answer takes
            await asyncio.Event().wait()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
