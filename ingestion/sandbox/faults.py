"""A plan of misbehaviour: which request meets which fault, as vendors and networks produce them.

    with serve_in_thread(folder, faults=[at("hubspot", "*/search", 2, status(503))]) as sandbox:

A fault is a coroutine function of an ``Exchange``: it may ask the vendor's router for the true
answer and then sends what it makes of it.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import zlib
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from ingestion.sandbox import bad_records, routers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Fault = Callable[["Exchange"], Awaitable[None]]
    Headers = list[tuple[bytes, bytes]]

# what describes a body as it was framed and packed before a fault changed it
FRAMING = (b"content-length", b"content-encoding", b"transfer-encoding")
HTML_PAGE = b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body>Back soon.</body></html>\n"
ERROR_BODY = {"status": "error", "error": "internal error", "message": "internal error"}


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


def at(
    source: str,
    path: str,
    on: int | Collection[int] | None,
    fault: Fault,
) -> Rule:
    """Return a rule: requests number ``on`` to paths like ``path`` (with ``*``) meet the fault."""
    return Rule(source, path, (on,) if isinstance(on, int) else on, fault)


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


def _json(status_code: int, body: object, *headers: tuple[bytes, bytes]) -> Answer:
    kind = (b"content-type", b"application/json")
    return Answer(status_code, [kind, *headers], json.dumps(body).encode())


def _changed(change: Callable[[Exchange, Answer], Answer]) -> Fault:
    async def fault(exchange: Exchange) -> None:
        await exchange.reply(change(exchange, await exchange.ask()), is_chunked=True)

    return fault


def _instead(answer: Callable[[Exchange], Answer]) -> Fault:
    async def fault(exchange: Exchange) -> None:
        await exchange.reply(answer(exchange))

    return fault


def too_many(retry_after: int | None = None, *, as_date: bool = False) -> Fault:
    """Refuse with 429 in the vendor's form; ``Retry-After`` in seconds, as a date, or absent."""

    def answer(exchange: Exchange) -> Answer:
        told: Headers = []
        if retry_after is not None:
            when = formatdate(time.time() + retry_after, usegmt=True) if as_date else retry_after
            told = [(b"retry-after", str(when).encode())]
        body = getattr(routers.module(exchange.seen.source), "RATE_LIMITED", ERROR_BODY)
        return _json(429, body, *told)

    return _instead(answer)


def status(code: int, text: str = "Something went wrong") -> Fault:
    """Answer with a status and a plain text, as proxies do."""
    return _instead(lambda _: Answer(code, [(b"content-type", b"text/plain")], text.encode()))


def html() -> Fault:
    """Answer 200 with a web page."""
    return _instead(lambda _: Answer(200, [(b"content-type", b"text/html")], HTML_PAGE))


def json_error() -> Fault:
    """Answer 200 with an error in JSON."""
    return _instead(lambda _: _json(200, ERROR_BODY))


def empty() -> Fault:
    """Answer 200 with nothing in it."""
    return _instead(lambda _: Answer(200, [(b"content-type", b"application/json")], b""))


def no_content() -> Fault:
    """Answer 204."""

    async def fault(exchange: Exchange) -> None:
        await exchange.begin(Answer(204, [], b""))
        await exchange.send({"type": "http.response.body", "body": b""})

    return fault


def redirect(url: str) -> Fault:
    """Send the client elsewhere, e.g. to another host."""
    return _instead(lambda _: Answer(302, [(b"location", url.encode())], b""))


def reset(after: float | None = 0.5) -> Fault:
    """Reset the connection after a share of the body, or before any answer with ``None``."""

    async def fault(exchange: Exchange) -> None:
        if after is not None:
            answer = await exchange.ask()
            part = answer.body[: int(len(answer.body) * after)]
            await exchange.begin(answer)
            await exchange.send({"type": "http.response.body", "body": part, "more_body": True})
            # let the part reach the client: a reset discards what is still in the buffers
            await asyncio.sleep(0.05)
        exchange.abort()

    return fault


def cut(share: float = 0.5, *, at_line_end: bool = False) -> Fault:
    """End the body early, but properly framed; at the end of a line where asked."""

    def change(_: Exchange, answer: Answer) -> Answer:
        end = int(len(answer.body) * share)
        return answer.with_body(
            answer.body[: answer.body.rfind(b"\n", 0, end) + 1 if at_line_end else end]
        )

    return _changed(change)


def cut_gzip(share: float = 0.5) -> Fault:
    """End a gzip body before its trailer, properly framed: what is there unpacks without error."""

    def change(_: Exchange, answer: Answer) -> Answer:
        packer = zlib.compressobj(wbits=31)
        end = answer.body.rfind(b"\n", 0, int(len(answer.body) * share)) + 1
        packed = packer.compress(answer.body[:end]) + packer.flush(zlib.Z_SYNC_FLUSH)
        return answer.with_body(packed, (b"content-encoding", b"gzip"))

    return _changed(change)


def packed() -> Fault:
    """Pack a sound body with gzip although the client may not have asked for it."""
    return _changed(
        lambda _, answer: answer.with_body(
            gzip.compress(answer.body), (b"content-encoding", b"gzip")
        )
    )


def terminated_early(share: float = 0.5) -> Fault:
    """End lines with ``terminated early`` and status 200."""

    def change(_: Exchange, answer: Answer) -> Answer:
        end = answer.body.rfind(b"\n", 0, int(len(answer.body) * share)) + 1
        return answer.with_body(answer.body[:end] + b"terminated early\n")

    return _changed(change)


def split_lines(every: int = 3) -> Fault:
    """Break some records of a JSONL body over two physical lines."""

    def change(_: Exchange, answer: Answer) -> Answer:
        lines = answer.body.split(b"\n")
        for place in range(0, len(lines), every):
            lines[place] = lines[place].replace(b'"properties":{', b'"properties":{\n', 1)
        return answer.with_body(b"\n".join(lines))

    return _changed(change)


def bad_record(kind: str) -> Fault:
    """Add one bad record to the answer's records; for the kinds see ``bad_records``."""
    return _changed(lambda _, answer: answer.with_body(bad_records.inject(answer.body, kind)))


def repeat_page() -> Fault:
    """Answer with what the request before to the same path was answered with."""

    async def fault(exchange: Exchange) -> None:
        await exchange.reply(await exchange.ask(exchange.before))

    return fault


def repeat_cursor() -> Fault:
    """Hand out the cursor that the request came with, so that the paging would never end."""

    def change(exchange: Exchange, answer: Answer) -> Answer:
        page = json.loads(answer.body)
        sent = {**exchange.seen.params, **_fields(exchange.seen.body)}
        if sent.get("cursor"):
            page |= {"cursor": sent["cursor"], "has_more": True}
        if sent.get("after"):
            page["paging"] = {"next": {"after": sent["after"]}}
        return answer.with_body(json.dumps(page).encode())

    return _changed(change)


def _fields(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def drip(pause: float, size: int = 1) -> Fault:
    """Send the body in small parts with pauses, so that no single read times out."""

    async def fault(exchange: Exchange) -> None:
        answer = await exchange.ask()
        await exchange.begin(answer)
        for start in range(0, len(answer.body), size):
            part = answer.body[start : start + size]
            await exchange.send({"type": "http.response.body", "body": part, "more_body": True})
            await asyncio.sleep(pause)
        await exchange.send({"type": "http.response.body", "body": b""})

    return fault


def hang(seconds: float) -> Fault:
    """Say nothing for some time, then answer truly."""

    async def fault(exchange: Exchange) -> None:
        await asyncio.sleep(seconds)
        await exchange.reply(await exchange.ask())

    return fault


def in_turn(faults: Iterable[Fault]) -> Fault:
    """Meet one request after the other with one fault after the other, the last for ever."""
    waiting = list(faults)

    async def fault(exchange: Exchange) -> None:
        await (waiting.pop(0) if len(waiting) > 1 else waiting[0])(exchange)

    return fault
