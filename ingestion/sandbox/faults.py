"""Faults of vendors and networks, planned for certain requests.

    with serve_in_thread(folder, faults=[at("hubspot", "*/search", 2, status(503))]) as sandbox:

A fault is a coroutine function of an ``Exchange``. It may ask the vendor's router for the true answer,
and sends a changed one.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import zlib
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from ingestion.sandbox import bad_records, vendors
from ingestion.sandbox.exchange import Answer, Exchange, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from ingestion.sandbox.exchange import Fault, Headers

HTML_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head>"
    b"<body>Back soon.</body></html>\n"
)
ERROR_BODY = {"status": "error", "error": "internal error", "message": "internal error"}


def at(
    source: str,
    path: str,
    on: int | Collection[int] | None,
    fault: Fault,
) -> Rule:
    """Return a rule: requests number ``on`` to paths like ``path`` (with ``*``) meet the fault."""
    return Rule(source, path, (on,) if isinstance(on, int) else on, fault)


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
        body = getattr(vendors.api(exchange.seen.source), "RATE_LIMITED", ERROR_BODY)
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
