"""A vendor in miniature: a function from request to answer, served on the loopback address."""

from __future__ import annotations

import json
import socket
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import duckdb

from ingestion.settings import settings
from ingestion.toolkit.source import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ingestion.toolkit.source import Load


@dataclass(frozen=True)
class Request:
    """A request as it arrived."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Reply:
    """An answer other than status 200.

    ``reset`` breaks the connection in the middle of it; of one that is not ``sized`` only the closed
    connection shows the end.
    """

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    reset: bool = False
    sized: bool = True


@dataclass
class Emulator:
    """A running vendor.

    Args:
        answer: Makes the answer to a request: a JSON body, or a ``Reply``.
        url: Where it is served.
        faults: What the n-th request (from 1) is answered with instead.
        requests: All requests so far.
    """

    answer: Callable[[Request], Any]
    url: str = ""
    faults: dict[int, Reply] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def asked(self, path: str) -> list[Request]:
        """Return the requests to a path."""
        return [request for request in self.requests if request.path == path]

    def respond(self, request: Request) -> Reply:
        """Return the answer to a request, as planned or true."""
        self.requests.append(request)
        planned = self.faults.get(len(self.requests))
        reply = planned if planned is not None else self.answer(request)
        return reply if isinstance(reply, Reply) else Reply(reply)


def _body(sent: bytes) -> Any:
    """Return what was posted: JSON, or the fields of a form."""
    if not sent or sent.startswith((b"{", b"[")):
        return json.loads(sent) if sent else None
    return dict(parse_qsl(sent.decode(), keep_blank_values=True))


@contextmanager
def serve(answer: Callable[[Request], Any]) -> Iterator[Emulator]:
    """Serve a vendor until the block ends."""
    emulator = Emulator(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # headers and body go out in one packet: no waiting for acknowledgements
        wbufsize = -1

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            sent = self.rfile.read(length)
            request = Request(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query, keep_blank_values=True)),
                dict(self.headers.items()),
                _body(sent),
            )
            reply = emulator.respond(request)
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            name, value = (
                ("Content-Length", str(len(body))) if reply.sized else ("Connection", "close")
            )
            self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if reply.reset else body)
            self.wfile.flush()
            if reply.reset:
                self._reset()

        def _reset(self) -> None:
            now = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
            self.connection.close()
            self.close_connection = True

        do_GET = do_POST = _answer  # noqa: N815 - names that the server looks for

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    emulator.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield emulator
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Reading:
    """A source that is read stream by stream, without a warehouse, as its runs would read it."""

    load: Load
    settings: Any
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    shared: dict[str, Any] = field(default_factory=dict)

    def reader(self, stream: str, *, known: bool = False, **dates: Any) -> Reader:
        """Return a reader with the state that earlier readings left."""
        assert self.load.connect is not None
        return Reader(
            self.settings,
            self.load.connect(self.settings),
            state=self.states.setdefault(stream, {}),
            shared=self.shared,
            known=known,
            dates=(dates.get("from_date"), dates.get("to_date")),
        )

    def rows(self, stream: str, reader: Reader | None = None) -> list[dict[str, Any]]:
        """Return all rows of a stream."""
        (found,) = (each for each in self.load.streams if each.name == stream)
        rows: list[dict[str, Any]] = []
        for page in found.read(reader or self.reader(stream)):
            assert isinstance(page, list)
            rows.extend(page)
        return rows


def only(load: Load, *streams: str) -> Load:
    """Return a source with some of its streams."""
    return replace(load, streams=tuple(s for s in load.streams if s.name in streams))


def stored(statement: str) -> list[tuple[Any, ...]]:
    """Return what a query finds in the test's warehouse."""
    with duckdb.connect(str(settings().warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(statement).fetchall()


def gone(source: str, stream: str, key: str) -> set[str]:
    """Return the keys that the last complete listing of a stream did not show any more."""
    found = stored(
        f"select {key} from raw_{source}.{stream} where _dlt_load_id < (select load_id "
        f"from kette.complete_listings where source = '{source}' and stream = '{stream}')"
    )
    return {value for (value,) in found}
