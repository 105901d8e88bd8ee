"""A receiver in a process of its own, and messages to send to it."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.settings import CHECKOUT
from tests.conftest import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "webhook-secret"
HOST = "127.0.0.1"
READY_SECONDS = 60


@dataclass(frozen=True)
class Event:
    """A message as tawk.to sends it."""

    event_id: str
    body: bytes

    def headers(self, secret: str = SECRET) -> dict[str, str]:
        """Return its headers, signed with a secret."""
        return {
            "Content-Type": "application/json",
            "X-Hook-Event-Id": self.event_id,
            "X-Tawk-Signature": hmac.new(secret.encode(), self.body, hashlib.sha1).hexdigest(),
        }


def event(number: int, **fields: object) -> Event:
    """Return one of many events."""
    content = {
        "event": "chat:start",
        "chatId": f"chat-{number}",
        "time": "2026-05-31T09:12:17.019Z",
    }
    return Event(f"event-{number}", json.dumps({**content, **fields}).encode())


@dataclass(frozen=True)
class Running:
    """A receiver that answers."""

    process: subprocess.Popen[bytes]
    port: int

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection to it."""
        return http.client.HTTPConnection(HOST, self.port, timeout=60)


def post(connection: http.client.HTTPConnection, sent: Event) -> int:
    """Send an event and return the status of the answer."""
    connection.request("POST", "/webhooks/tawk", sent.body, sent.headers())
    answer = connection.getresponse()
    answer.read()
    return answer.status


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def receiver(
    home: Path,
    before: str = "",
    secret: str = SECRET,
    source: str = "tawk",
    port: int | None = None,
) -> Iterator[Running]:
    """Run a receiver until the block ends, which kills it.

    Args:
        home: Its data folder.
        before: Python to run before it serves.
        secret: What messages are signed with.
        source: Whose they are.
        port: Where it listens; None takes a free one.
    """
    port = port or free_port()
    program = (
        f"from ingestion.webhooks import serve, server\n{before}\nserve(host={HOST!r}, port={port})"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=CHECKOUT,
        env={**clean_environment(home), f"SOURCES__{source.upper()}__WEBHOOK_SECRET": secret},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_until_ready(process, port)
        yield Running(process, port)
    finally:
        process.kill()
        process.communicate()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    """Return once the port is open; the kernel refuses connections at once until it is."""
    for _ in range(READY_SECONDS * 10):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    output = process.communicate()[0] if process.poll() is not None else b"it does not answer"
    raise AssertionError(output.decode())
