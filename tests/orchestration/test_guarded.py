"""The guard before the pages and Dagster, tried with what a hostile page sends."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from ingestion.errors import KetteError
from ingestion.settings import CHECKOUT, settings
from orchestration import serve
from orchestration.host import guarded, ports, processes
from orchestration.host.guarded import Guard
from tests.conftest import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.requests import Request
    from starlette.websockets import WebSocket

HERE = "127.0.0.1:3000"
OWN = f"http://{HERE}"
PUBLIC = "kette.example.com"
JSON = {"content-type": "application/json"}
MUTATION = {"query": "mutation { stopRunningSchedule(scheduleOriginId: 1) { __typename } }"}
IMAGE = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
FRAME = {**LINK, "sec-fetch-dest": "iframe"}


class Inside:
    """A program that does whatever it is asked, and notes what reached it."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.origins: list[str | None] = []
        every = ["GET", "HEAD", "POST", "PUT", "DELETE"]
        routes = [
            WebSocketRoute("/{path:path}", self.talk),
            Route("/{path:path}", self.answer, methods=every),
        ]
        self.app = Guard(Starlette(routes=routes), [PUBLIC])

    async def answer(self, request: Request) -> PlainTextResponse:
        """Do it."""
        self.reached.append(request.method)
        self.origins.append(request.headers.get("origin"))
        return PlainTextResponse("done", headers={"content-security-policy": "img-src *"})

    async def talk(self, socket: WebSocket) -> None:
        """Talk."""
        self.reached.append("websocket")
        await socket.accept()
        await socket.close()


@pytest.fixture
def inside() -> Inside:
    return Inside()


def ask(inside: Inside, method: str, path: str = "/graphql", **content: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=inside.app)
        async with httpx.AsyncClient(transport=transport, base_url=OWN) as client:
            return await client.request(method, path, **content)

    return asyncio.run(send())


@pytest.mark.parametrize(
    ("method", "content"),
    [
        ("GET", {"params": MUTATION}),
        ("GET", {"params": MUTATION, "headers": IMAGE}),
        ("GET", {"params": MUTATION, "headers": LINK}),
        ("HEAD", {"params": MUTATION}),
        ("GET", {"headers": IMAGE}),
        ("GET", {"headers": FRAME}),
        ("POST", {"json": MUTATION, "headers": {"origin": "http://evil.example"}}),
        ("POST", {"json": MUTATION, "headers": {"origin": f"http://{HERE}.evil.example"}}),
        ("POST", {"json": MUTATION, "headers": {"origin": f"http://evil.example@{HERE}"}}),
        ("POST", {"json": MUTATION, "headers": {"origin": "http://127.0.0.1:9999"}}),
        ("POST", {"json": MUTATION, "headers": {"origin": "http://127.0.0.1"}}),
        ("POST", {"json": MUTATION, "headers": {"origin": "null"}}),
        ("POST", {"json": MUTATION, "headers": {"origin": ""}}),
        ("POST", {"json": MUTATION, "headers": {"sec-fetch-site": "same-site"}}),
        ("POST", {"json": MUTATION, "headers": LINK}),
        ("POST", {"content": "{}", "headers": {"content-type": "text/plain"}}),
        ("POST", {"content": "{}", "headers": {"content-type": "Text/Plain; charset=utf-8"}}),
        ("POST", {"content": "{}"}),
        ("POST", {"data": MUTATION}),
        ("POST", {"files": {"operations": b"{}"}}),
        ("POST", {"files": {"operations": b"{}"}, "headers": {"origin": OWN}}),
        ("PUT", {"json": {}, "headers": {"origin": "http://evil.example"}}),
        ("OPTIONS", {"headers": {"origin": "http://evil.example"}}),
        ("GET", {"headers": {"host": "evil.example"}}),
        ("GET", {"headers": {"host": "evil.example:3000"}}),
        ("GET", {"headers": {"host": "127.0.0.1.evil.example"}}),
        ("GET", {"headers": {"host": "evil.example@127.0.0.1"}}),
        ("GET", {"headers": {"host": ""}}),
        ("GET", {"headers": {"host": "evil.example", "x-forwarded-host": HERE}}),
        ("GET", {"headers": [("host", HERE), ("host", "evil.example")]}),
        ("POST", {"json": MUTATION, "headers": {"host": "evil.example", "origin": "http://evil.example"}}),
    ],
)  # fmt: skip
def test_what_another_page_sends_does_nothing(
    inside: Inside, method: str, content: dict[str, Any]
) -> None:
    answer = ask(inside, method, **content)
    assert (answer.status_code // 100, inside.reached) == (4, [])


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("GET", "/graphql", {}),
        ("GET", "/overview?tab=1", {}),
        ("GET", "/runs?x=y", {"headers": LINK}),
        ("GET", "/", {"headers": {"host": "localhost:3000"}}),
        ("GET", "/", {"headers": {"host": "[::1]:3000"}}),
        ("GET", "/", {"headers": {"host": PUBLIC}}),
        ("POST", "/graphql", {"json": MUTATION, "headers": {"origin": OWN}}),
        ("POST", "/graphql", {"json": MUTATION}),
        (
            "POST",
            "/graphql",
            {"json": MUTATION, "headers": {"origin": f"https://{PUBLIC}", "host": PUBLIC}},
        ),
        ("POST", "/graphql", {"json": MUTATION, "headers": {"origin": f"https://{PUBLIC}"}}),
        ("PUT", "/_stcore/upload_file", {"files": {"f": b""}, "headers": {"origin": OWN}}),
        ("DELETE", "/_stcore/upload_file", {"headers": {"origin": OWN}}),
    ],
)
def test_what_its_own_pages_and_programs_send_is_done(
    inside: Inside, method: str, path: str, content: dict[str, Any]
) -> None:
    assert ask(inside, method, path, **content).text == "done"
    assert inside.reached == [method]


def test_the_program_inside_knows_the_proxys_name_as_its_own(inside: Inside) -> None:
    ask(inside, "POST", json={}, headers={"origin": f"https://{PUBLIC}"})
    ask(inside, "POST", json={}, headers={"origin": OWN})
    assert inside.origins == ["http://127.0.0.1", OWN]


def test_answers_say_what_a_browser_may_do_with_them(inside: Inside) -> None:
    headers = ask(inside, "GET", "/").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    own, ours = headers.get_list("content-security-policy", split_commas=False)
    # a browser keeps to both
    assert own == "img-src *"
    rules = dict(rule.strip().split(" ", 1) for rule in ours.split(";"))
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'self'"
    assert rules["img-src"] == "'self' data: blob:"
    assert rules["connect-src"] == f"'self' ws://{HERE} wss://{HERE} data: blob:"


@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        ([(b"origin", OWN.encode())], True),
        ([], True),
        ([(b"origin", f"https://{PUBLIC}".encode())], True),
        ([(b"origin", b"http://evil.example")], False),
        ([(b"origin", b"null")], False),
        ([(b"origin", b"http://127.0.0.1:1")], False),
        ([(b"sec-fetch-site", b"cross-site"), (b"sec-fetch-mode", b"websocket")], False),
    ],
)
def test_a_websocket_is_opened_by_its_own_pages_alone(
    inside: Inside, headers: list[tuple[bytes, bytes]], is_let_in: bool
) -> None:
    scope = {
        "type": "websocket",
        "path": "/graphql",
        "headers": [(b"host", HERE.encode()), *headers],
    }
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(inside.app(scope, receive, send))
    assert sent[0] == ("websocket.accept" if is_let_in else "websocket.close")
    assert inside.reached == (["websocket"] if is_let_in else [])


@contextmanager
def dagsters_web_server(home: Path) -> Iterator[str]:
    """Serve Dagster's own pages of no project, as `dagster dev` starts them."""
    port = ports.free()
    (home / "dagster").mkdir(parents=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration.host.guarded", "dagster_webserver", "--empty-workspace",
         "-h", ports.HOST, "-p", str(port)],
        cwd=CHECKOUT,
        env={**clean_environment(home), "DAGSTER_HOME": str(home / "dagster")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    pause = threading.Event()
    try:
        for _ in range(240):
            with socket.socket() as probe:
                if probe.connect_ex((ports.HOST, port)) == 0:
                    break
            assert process.poll() is None
            pause.wait(0.5)
        yield f"http://{ports.HOST}:{port}"
    finally:
        processes.end([process])


def test_dagsters_own_web_server_is_guarded(kette_home: Path) -> None:
    with dagsters_web_server(kette_home) as url:
        asked = {"query": "{ version }"}
        assert httpx.get(f"{url}/graphql", params=asked).status_code == 405
        assert httpx.post(f"{url}/graphql", json=asked).json()["data"]["version"]
        foreign = {"origin": "http://evil.example"}
        assert httpx.post(f"{url}/graphql", json=asked, headers=foreign).status_code == 403
        assert httpx.get(f"{url}/server_info", headers={"host": "evil.example"}).status_code == 403


def test_dagster_starts_its_web_server_by_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    from dagster._cli import dev

    started: list[list[str]] = []
    monkeypatch.setattr(dev, "open_ipc_subprocess", lambda parts, **_: started.append(parts))
    guarded._guard_dagsters_server()
    for module in ("dagster_webserver", "dagster._daemon"):
        vars(dev)["open_ipc_subprocess"]([sys.executable, "-m", module, "--port", "1"])
    assert [parts[1:] for parts in started] == [
        ["-m", "orchestration.host.guarded", "dagster_webserver", "--port", "1"],
        ["-m", "dagster._daemon", "--port", "1"],
    ]


BARE = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response({status} if self.headers["Host"].endswith(".invalid") else 200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.mark.parametrize(("status", "is_refused"), [(200, True), (403, False)])
def test_what_went_round_the_guard_is_not_served(
    tmp_path: Path, status: int, is_refused: bool
) -> None:
    port = ports.free()
    program = [sys.executable, "-c", BARE.format(status=status), str(port)]
    service = serve.Service("pages", program, port, "/", "KETTE_X_PORT", "Pages", is_guarded=True)
    supervisor = serve.Supervisor([service], tmp_path)
    supervisor.start()
    try:
        if is_refused:
            with pytest.raises(KetteError, match="its web server is not guarded"):
                supervisor.wait_until_healthy(lambda _text: None)
        else:
            supervisor.wait_until_healthy(lambda _text: None)
    finally:
        supervisor.stop()


def test_pages_and_dagster_are_guarded_and_say_so() -> None:
    wanted = {each.name: each for each in serve.services()}
    for name in ("dashboards", "dagster"):
        assert "orchestration.host.guarded" in wanted[name].arguments
        assert wanted[name].is_guarded


@pytest.mark.parametrize("written", ["https://kette.example.com", "kette.example.com:443", "*"])
def test_a_public_name_is_a_name_alone(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("KETTE_PUBLIC_HOSTS", f"ok.example, {written}")
    with pytest.raises(KetteError, match=r"KETTE_PUBLIC_HOSTS: .* is no name of a host"):
        settings()
    monkeypatch.setenv("KETTE_PUBLIC_HOSTS", "Kette.Example.com, other.example")
    assert settings().public_hosts == ("kette.example.com", "other.example")
