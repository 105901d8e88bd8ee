"""What somebody sends who signs nothing: it is refused before it costs or says anything."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.webhooks import app
from tests.ingestion.webhooks.running import HOST, SECRET, receiver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.ingestion.webhooks.conftest import Client
    from tests.ingestion.webhooks.running import Running

URL = f"/webhooks/trustmary/{SECRET}"
BODY = b'{"answer": {"answer_id": "a1"}}'


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__TRUSTMARY__WEBHOOK_SECRET", SECRET)


def stored() -> list[bytes]:
    return [row["body"] for row in store.rows(sa.select(tables.webhook_inbox.c.body))]


def talk(running: Running, head: str, body: bytes) -> int:
    """Send a request as bytes and return the status of the answer."""
    with socket.create_connection((HOST, running.port), timeout=60) as connection:
        connection.sendall(f"POST {URL} HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode() + body)
        return int(connection.recv(65536).split(b" ")[1])


CHUNKED = b"1f\r\n" + BODY + b"\r\n0\r\n\r\n"


def test_a_length_that_is_said_twice_is_refused(kette_home: Path) -> None:
    length = f"Content-Length: {len(BODY)}\r\n"
    chunked = "Transfer-Encoding: chunked\r\n"
    with receiver(kette_home, source="trustmary") as running:
        for head, body in (
            (length + chunked, b"0\r\n\r\n"),
            (chunked + length, CHUNKED),
            (f"Content-Length: 0\r\n{chunked}", CHUNKED),
            (length + "Content-Length: 0\r\n", BODY),
            (f"Content-Length: {len(BODY)}, 0\r\n", BODY),
            ("Transfer-Encoding: gzip, chunked\r\n", CHUNKED),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", CHUNKED),
            ("Content-Length: -1\r\n", BODY),
            ("", b""),
            ("Content-Length: 0\r\n", b""),
            (chunked, b"0\r\n\r\n"),
        ):
            assert 400 <= talk(running, head, body) < 600, head
        assert stored() == []
        assert talk(running, length, BODY) == 200
        assert talk(running, chunked, CHUNKED) == 200
        assert stored() == [BODY]


@pytest.mark.parametrize("length", [["5", "5"], ["+5"], ["5 "], ["５"], ["0x5"]])
def test_a_length_is_one_number(length: list[str]) -> None:
    headers = [(b"content-length", each.encode("utf-8")) for each in length]
    assert call(headers, [b"{}"]) == 400


def call(headers: list[tuple[bytes, bytes]], pieces: list[bytes]) -> int:
    """Post to the receiver past its web server, and return the status of the answer."""
    scope = {
        "type": "http", "method": "POST", "path": URL, "query_string": b"", "headers": headers,
    }  # fmt: skip
    sent: list[Any] = []
    coming = iter(pieces)

    async def receive() -> dict[str, Any]:
        piece = next(coming, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app.make_app()(scope, receive, send))
    return int(sent[0]["status"])


def test_an_empty_body_is_refused_and_counted(client: Client) -> None:
    answer = client.post(URL, b"")
    assert (answer.status_code, answer.json()) == (400, {"error": "the body is empty"})
    assert 'source="trustmary",outcome="empty"} 1' in client.get("/metrics").text
    assert stored() == []


def test_all_bodies_at_once_take_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "READING_BYTES", 1000)

    async def both() -> tuple[httpx.Response, httpx.Response, httpx.Response]:
        receiving = app.make_app()
        transport = httpx.ASGITransport(app=receiving)
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield b"x" * 900
            begun.set()
            await go_on.wait()

        async with (
            receiving.router.lifespan_context(receiving),
            httpx.AsyncClient(transport=transport, base_url="http://x") as session,
        ):
            first = asyncio.create_task(session.post(URL, content=slow()))
            await begun.wait()
            refused = await session.post(URL, content=b"y" * 200)
            go_on.set()
            return await first, refused, await session.post(URL, content=b"y" * 200)

    first, refused, later = asyncio.run(both())
    assert [each.status_code for each in (first, refused, later)] == [200, 503, 200]
    assert refused.headers["Retry-After"] == "60"


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
@pytest.mark.parametrize(
    "name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Proto"]
)
def test_how_it_is_doing_is_told_to_nobody_behind_a_proxy(
    client: Client, path: str, name: str
) -> None:
    answer = client.runner.run(client.session.get(path, headers={name: "127.0.0.1"}))
    assert (answer.status_code, answer.content) == (404, b"")
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("address", "status"),
    [("127.0.0.1", 200), ("::1", 200), ("10.0.0.7", 404), ("203.0.113.9", 404), ("", 404)],
)
def test_how_it_is_doing_is_told_to_this_machine_alone(address: str, status: int) -> None:
    async def ask() -> int:
        receiving = app.make_app()
        transport = httpx.ASGITransport(app=receiving, client=(address, 1))
        async with (
            receiving.router.lifespan_context(receiving),
            httpx.AsyncClient(transport=transport, base_url="http://x") as session,
        ):
            return (await session.get("/healthz")).status_code

    assert asyncio.run(ask()) == status


def test_a_header_does_not_make_somebody_else_of_who_is_connected(kette_home: Path) -> None:
    with receiver(kette_home, source="trustmary") as running:
        url = f"http://{HOST}:{running.port}/healthz"
        assert httpx.get(url).status_code == 200
        assert httpx.get(url, headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404


@pytest.mark.parametrize("path", ["/", "/webhooks", "/docs", "/webhooks/tawk/a/b", "/metrics/x"])
def test_other_addresses_are_not_found_and_no_body_is_read(client: Client, path: str) -> None:
    assert client.post(path, b"x" * 100).status_code == 404
    assert client.get(path).status_code == 404
