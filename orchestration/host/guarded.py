"""The guard of the pages and of Dagster, inside their own processes.

Neither program checks who asks. Any web page open on the machine could make Dagster stop schedules, and
a page whose name resolves to this machine could read all customers. ``python -m
orchestration.host.guarded streamlit run …`` runs a program whose web server answers only requests that
use a name of this machine and come from its own pages. There is no second port behind the guard, and no
request passes it twice.
"""

from __future__ import annotations

import importlib
import re
import runpy
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import uvicorn

from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]

MODULE = "orchestration.host.guarded"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# what a browser says of a request that another page makes, if only one of another port
FOREIGN = frozenset({b"cross-site", b"same-site"})
READING = frozenset({"GET", "HEAD"})
# what a form of any page can send without asking first
FORMS = frozenset(
    {b"", b"text/plain", b"multipart/form-data", b"application/x-www-form-urlencoded"}
)
GRAPHQL = "/graphql"
HOST = re.compile(r"(\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::[0-9]{1,5})?")
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' data: blob:; connect-src 'self' {sockets} data: blob:; worker-src 'self' blob:; "
    "frame-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'"
)
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Guard:
    """Lets requests of the application's own pages through, and says what its answers may do.

    Args:
        app: What is guarded.
        public_hosts: Names under which a reverse proxy hands requests on.
    """

    def __init__(self, app: Application, public_hosts: Iterable[str] = ()) -> None:
        self.app = app
        self.public = frozenset(public_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        if refused := self._refusal(scope):
            await _refuse(scope, receive, send, *refused)
            return
        host = _values(scope, b"host")[0].decode("latin-1")
        await self.app(self._inside(scope), receive, _with_headers(send, host))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Return status and reason where a request is not let in."""
        hosts, origins = _values(scope, b"host"), _values(scope, b"origin")
        if len(hosts) != 1 or len(origins) > 1:
            return 400, "a request has one host, and one origin at most"
        if _name(hosts[0]) not in LOOPBACK | self.public:
            return 403, "not under this name: KETTE_PUBLIC_HOSTS lists those of a reverse proxy"
        is_own = all(self._is_own(origin, hosts[0]) for origin in origins)
        if not is_own or not (_is_own_to_browser(scope) or _is_link(scope)):
            return 403, "no request of another page is taken"
        return _misuse(scope) if scope["type"] == "http" else None

    def _is_own(self, origin: bytes, host: bytes) -> bool:
        try:
            given = urlsplit(origin.decode("latin-1").lower())
            name = given.hostname
        except ValueError:
            return False
        if given.scheme not in {"http", "https"}:
            return False
        return given.netloc == host.decode("latin-1").lower() or name in self.public

    def _inside(self, scope: Scope) -> Scope:
        """Return a request as its program knows it: made on this machine, whatever the proxy's name."""
        origins = _values(scope, b"origin")
        if not origins or urlsplit(origins[0].decode("latin-1")).hostname not in self.public:
            return scope
        others = [pair for pair in scope["headers"] if pair[0] != b"origin"]
        return {**scope, "headers": [*others, (b"origin", b"http://127.0.0.1")]}


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key.lower() == name]


def _is_own_to_browser(scope: Scope) -> bool:
    return not set(_values(scope, b"sec-fetch-site")) & FOREIGN


def _is_link(scope: Scope) -> bool:
    """Return whether somebody follows a link from another page, e.g. one that a colleague sent."""
    return (
        scope["type"] == "http"
        and scope["method"] in READING
        and _values(scope, b"sec-fetch-mode") == [b"navigate"]
        and _values(scope, b"sec-fetch-dest") == [b"document"]
    )


def _misuse(scope: Scope) -> tuple[int, str] | None:
    """Return status and reason of a request that may come from a link, an image or a form."""
    is_graphql = scope["path"].rstrip("/").endswith(GRAPHQL)
    if scope["method"] in READING:
        if is_graphql and scope.get("query_string"):
            return 405, "GraphQL is asked by POST"
    elif scope["method"] != "OPTIONS":
        kinds = _values(scope, b"content-type") or [b""]
        is_form = any(kind.partition(b";")[0].strip().lower() in FORMS for kind in kinds)
        if is_form and (is_graphql or not _values(scope, b"origin")):
            return 415, "no form is taken: send JSON"
    return None


def _name(host: bytes) -> str:
    """Return a host's name without its port; empty where it is none."""
    found = HOST.fullmatch(host.decode("latin-1").lower())
    return found[1].strip("[]").rstrip(".") if found else ""


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, reason: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    body = f"{reason}\n".encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    # the rest of what is sent is not waited for
    headers += [(b"connection", b"close"), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _with_headers(send: Send, host: str) -> Send:
    policy = POLICY.format(sockets=f"ws://{host} wss://{host}").encode("latin-1")

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = dict(HEADERS)
            kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in own]
            # beside a policy of the program's own: a browser keeps to both
            message["headers"] = [*kept, *HEADERS, (b"content-security-policy", policy)]
        await send(message)

    return sending


def guard_servers() -> None:
    """Put the guard before everything that a web server of this process serves."""
    hosts = settings().public_hosts
    configured = uvicorn.Config.__init__

    def guarded(self: uvicorn.Config, app: Any, *args: Any, **kwargs: Any) -> None:
        configured(self, Guard(app, hosts), *args, **kwargs)

    uvicorn.Config.__init__ = guarded  # type: ignore[method-assign]


def _guard_dagsters_server() -> None:
    """Have `dagster dev` start its web server by this module; `kette serve` sees that it did."""
    dev = importlib.import_module("dagster._cli.dev")
    started: Callable[..., Any] = vars(dev)["open_ipc_subprocess"]

    def start(parts: Sequence[str], **kwargs: Any) -> Any:
        if list(parts[1:3]) == ["-m", "dagster_webserver"]:
            parts = [parts[0], "-m", MODULE, *parts[2:]]
        return started(parts, **kwargs)

    vars(dev)["open_ipc_subprocess"] = start


def main() -> None:
    """Run the program that the arguments name, guarded."""
    program = sys.argv[1]
    sys.argv = sys.argv[1:]
    guard_servers()
    if program == "dagster":
        _guard_dagsters_server()
    runpy.run_module(program, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
