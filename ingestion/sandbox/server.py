"""The sandbox's HTTP server: every vendor's router on one loopback port.

``serve`` blocks until it is stopped. ``serve_in_thread`` is for tests, which can give it a plan of faults
and look at the requests that arrived.
"""

from __future__ import annotations

import signal
import socket
import struct
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from ingestion.sandbox import vendors
from ingestion.sandbox.common import UTC_MODE, Store
from ingestion.sandbox.environment import environment
from ingestion.sandbox.exchange import Faulty, Plan, Rule, Seen

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from starlette.types import ASGIApp, Scope

HOST = "127.0.0.1"
START_SECONDS = 30
ENDING = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that answers: where it does, what it was asked, what it is told to do wrong."""

    base_url: str
    folder: Path
    faults: Plan

    @property
    def requests(self) -> list[Seen]:
        """Return the requests that arrived so far, the sandbox's own health checks left out."""
        return [seen for seen in self.faults.requests if seen.source != "healthz"]

    def environment(self) -> dict[str, str]:
        """Return the variables that point every source here."""
        return environment(self.base_url, self.folder, every=True)


class Connections:
    """The open connections, so that a fault can reset one."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """Return uvicorn's protocol, noting who is connected."""
        transports = self._open

        class Noting(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it likewise
                super().connection_made(transport)
                if self.client:
                    transports[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client:
                    transports.pop(self.client, None)
                super().connection_lost(exc)

        return Noting

    def reset(self, scope: Scope) -> None:
        """Cut a request's connection the hard way: the client sees a reset, not an end."""
        transport = self._open.get(tuple(scope["client"]))
        if transport is not None:
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()


def make_app(store: Store, plan: Plan, reset: Callable[[Scope], None]) -> ASGIApp:
    """Return the application: all vendors under a plan of faults."""
    home = str(store.folder)
    app = Starlette(
        routes=[
            Route("/healthz", lambda _: JSONResponse({"home": home})),
            *(Mount(f"/{name}", app=vendors.api(name).router(store)) for name in vendors.names()),
        ]
    )
    return Faulty(app, plan, reset)


def _server(store: Store, plan: Plan) -> uvicorn.Server:
    connections = Connections()
    return uvicorn.Server(
        uvicorn.Config(
            make_app(store, plan, connections.reset),
            http=connections.protocol(),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=1,
        )
    )


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    listener.listen(128)
    return listener


def serve(folder: Path, *, port: int, time_mode: str = UTC_MODE) -> None:
    """Serve a world until SIGINT or SIGTERM; when the world is advanced, the answers follow.

    Args:
        folder: Where the world lives.
        port: Port on the loopback address.
        time_mode: Mixpanel's population of projects: ``utc`` or ``project``.
    """
    store = Store(folder, time_mode=time_mode)
    # uvicorn ends at a signal and then raises it again for whoever listened before
    before = {number: signal.signal(number, lambda *_: None) for number in ENDING}
    try:
        with _listen(port) as listener:
            _server(store, Plan(keeps_requests=False)).run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def serve_in_thread(
    folder: Path,
    *,
    faults: Sequence[Rule] = (),
    time_mode: str = UTC_MODE,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Sandbox]:
    """Serve a world on a free port for as long as the block lasts.

    Args:
        folder: Where the world lives.
        faults: The plan of faults to begin with.
        time_mode: Mixpanel's population of projects: ``utc`` or ``project``.
        clock: What the vendors' limits are counted by, in seconds.
    """
    plan = Plan(list(faults))
    server = _server(Store(folder, time_mode=time_mode, clock=clock), plan)
    with _listen(0) as listener:
        port: Any = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        _wait_for(server, thread)
        try:
            yield Sandbox(f"http://{HOST}:{port}", folder, plan)
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the sandbox's server does not start")
        time.sleep(0.005)
