"""What all APIs share: the world they serve, the form of a call, refusals and limits."""

from __future__ import annotations

import base64
import binascii
import json
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import duckdb
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from ingestion.sandbox.company.folder import load_world

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from starlette.datastructures import Headers, QueryParams
    from starlette.requests import Request

    from ingestion.sandbox.company.clock import World

    Prepare = Callable[[duckdb.DuckDBPyConnection, "Path", World], None]

UTC_MODE, PROJECT_MODE = "utc", "project"


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the sandbox
    """An answer that is not what was asked for, in the vendor's own form."""

    def __init__(
        self, status: int, body: object = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers

    def response(self) -> Response:
        """Return it as a response: text as it is, anything else as JSON."""
        if isinstance(self.body, str):
            return Response(self.body, self.status, self.headers, media_type="text/plain")
        return JSONResponse(self.body, self.status, self.headers)


def parquet(*paths: Path) -> str:
    """Return the SQL that reads some of the world's files as one table."""
    return "read_parquet([{}])".format(
        ", ".join("'{}'".format(str(path).replace("'", "''")) for path in paths)
    )


def load_tables(database: duckdb.DuckDBPyConnection, folder: Path, *names: str) -> None:
    """Load tables from files of their names in a folder of the world."""
    for name in names:
        query = f'create table "{name}" as select * from {parquet(folder / f"{name}.parquet")}'  # noqa: S608 - names of our own
        database.execute(query)


def rows(
    database: duckdb.DuckDBPyConnection, query: str, values: Sequence[object] = ()
) -> list[dict[str, Any]]:
    """Return a query's rows by column name."""
    found = database.execute(query, list(values))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@dataclass(frozen=True)
class Call:
    """A request that was read whole."""

    path: Mapping[str, Any]
    params: QueryParams
    headers: Headers
    body: bytes

    def form(self) -> dict[str, str]:
        """Return the fields of a form body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> dict[str, Any]:
        """Return a JSON body's fields; an empty body has none.

        Raises:
            Refusal: The body is no JSON object.
        """
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            raise Refusal(400, {"error": "invalid JSON body"}) from None
        if not isinstance(found, dict):
            raise Refusal(400, {"error": "the JSON body must be an object"})
        return found

    def basic(self) -> tuple[str, str] | None:
        """Return user name and password of HTTP Basic authentication, if there are any."""
        scheme, _, text = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, _, password = base64.b64decode(text, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            # plain text after the word Basic is accepted too
            user, _, password = text.partition(":")
        return user, password


def endpoint(answer: Callable[[Call], Response]) -> Callable[[Request], Awaitable[Response]]:
    """Return a Starlette endpoint that answers a call in a worker thread."""

    async def handle(request: Request) -> Response:
        call = Call(
            request.path_params, request.query_params, request.headers, await request.body()
        )
        try:
            return await run_in_threadpool(answer, call)
        except Refusal as refusal:
            return refusal.response()

    return handle


class Limit:
    """At most ``count`` calls within any ``seconds``; a refused call does not count."""

    def __init__(self, count: int, seconds: float, clock: Callable[[], float]) -> None:
        self.count, self.seconds = count, seconds
        self._clock = clock
        self._taken: deque[float] = deque()
        self._lock = threading.Lock()

    def take(self) -> float | None:
        """Take one call; where none is left, return the seconds until the next one is."""
        with self._lock:
            now = self._clock()
            while self._taken and self._taken[0] <= now - self.seconds:
                self._taken.popleft()
            if len(self._taken) >= self.count:
                return self._taken[0] + self.seconds - now
            self._taken.append(now)
            return None

    def spend(self, refusal: Refusal) -> None:
        """Take one call.

        Raises:
            Refusal: None is left.
        """
        if self.take() is not None:
            raise refusal

    def left(self) -> int:
        """Return how many calls are left now."""
        return self.count - len(self._taken)


class Store:
    """The simulated company as it is at its own present moment.

    Each router prepares an in-memory database from the world's files. When the world moves on
    (its ``world.json`` is another one), the next call finds the databases made afresh.

    Args:
        folder: Where the world lives.
        time_mode: Mixpanel's population of projects: ``utc``, or ``project`` for the older ones.
        clock: What the limits are counted by, in seconds.
    """

    def __init__(
        self,
        folder: Path,
        *,
        time_mode: str = UTC_MODE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder, self.time_mode, self.clock = folder, time_mode, clock
        self._lock = threading.Lock()
        self._version: tuple[int, int] | None = None
        self._databases: dict[Prepare, duckdb.DuckDBPyConnection] = {}
        self._world: World | None = None

    def limit(self, count: int, seconds: float) -> Limit:
        """Return a limit that is counted by this store's clock."""
        return Limit(count, seconds, self.clock)

    def world(self) -> World:
        """Return the world as it is now."""
        with self._lock:
            return self._follow()

    def database(self, prepare: Prepare) -> duckdb.DuckDBPyConnection:
        """Return a cursor into the database that ``prepare`` fills from the present world."""
        with self._lock:
            world = self._follow()
            if prepare not in self._databases:
                connection = duckdb.connect(":memory:")
                connection.execute("set timezone = 'UTC'")
                # one request is one query: threads of its own would only fight for the cores
                connection.execute("set threads = 1")
                prepare(connection, self.folder, world)
                self._databases[prepare] = connection
            return self._databases[prepare].cursor()

    def _follow(self) -> World:
        status = (self.folder / "world.json").stat()
        version = (status.st_ino, status.st_mtime_ns)
        if self._world is None or version != self._version:
            self._world = load_world(self.folder)
            self._version = version
            self._databases.clear()
        return self._world
