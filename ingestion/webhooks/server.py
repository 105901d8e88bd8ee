"""Runs the receiver: time limits on every connection, and a quiet end."""

from __future__ import annotations

import contextlib
import resource
import signal
import threading
from typing import TYPE_CHECKING

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ingestion import troubles
from ingestion.control import store
from ingestion.dlt_home import at_home
from ingestion.webhooks.app import make_app

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

REQUEST_SECONDS = 10.0
IDLE_SECONDS = 5
ENDING_SECONDS = 12


class ImpatientProtocol(H11Protocol):
    """Drops a connection whose request has not arrived whole in time.

    The web server itself waits for ever for the rest of a request's head, so that a few hundred
    dripping connections would use up its descriptors.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start the clock of the first request."""
        super().connection_made(transport)
        self._start_clock()

    def data_received(self, data: bytes) -> None:
        """Stop the clock when the request is whole, start it when a next one begins."""
        super().data_received(data)
        if self.conn.their_state is h11.DONE:
            self._stop_clock()
        elif self._deadline is None:
            self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def _start_clock(self) -> None:
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Server(uvicorn.Server):
    """A server for which a termination signal is the ordinary end, not an error."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals while serving, without raising them again afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        ending = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in ending}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def run(host: str, port: int) -> None:
    """Serve the receiver until the process is asked to end.

    Raises:
        KetteError: The control store cannot be opened.
    """
    with troubles.told():
        store.engine()
    # a secret may stand in the checkout's .dlt folder, wherever the process was started
    at_home()
    _raise_descriptor_limit()
    config = uvicorn.Config(
        make_app(),
        host=host,
        port=port,
        http=ImpatientProtocol,
        ws="none",
        lifespan="on",
        log_level="error",
        access_log=False,
        server_header=False,
        # who asks is who is connected, whatever a header says
        proxy_headers=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=ENDING_SECONDS,
    )
    Server(config).run()


def _raise_descriptor_limit() -> None:
    """Let as many connections in as the system allows: idle ones cost little and end soon."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
