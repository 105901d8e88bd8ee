"""Mixpanel's raw export and profile query, over the simulated company.

``/data/api/2.0/export`` streams JSON lines that DuckDB writes directly from the world's files, so years of
events need little memory. ``/query/api/query/engage`` pages through the profiles within a session.
"""

from __future__ import annotations

import json
import threading
import zlib
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, Router

from ingestion.sandbox import credentials
from ingestion.sandbox.common import PROJECT_MODE, Call, Limit, Refusal, Store, endpoint, parquet
from ingestion.sandbox.company.clock import TIME_ZONE, seconds
from ingestion.sandbox.vendors.mixpanel import segmentation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb
    import pyarrow as pa

    from ingestion.sandbox.company.clock import World

HOURLY, PER_SECOND, CONCURRENT = 60, 3, 5
LONGEST_UNPACKED = 1400
MOST_EVENTS = 100_000
PROFILES_PAGE = 1000
OPEN_SESSIONS = 4
ROWS_PER_CHUNK = 2000

RATE_LIMITED = {
    "request": "/api/2.0/export",
    "error": f"Query rate limit exceeded for project_id: {credentials.MIXPANEL_PROJECT_ID}."
    " 1/5 queries running concurrently and 61/60 queries running in the last hour."
    " For more information, see the documentation on rate limits.",
}

# the moment as the project's clocks show it, counted as if that were UTC
_LOCAL_S = f"epoch(timezone('{TIME_ZONE}', to_timestamp(time_s)))::bigint"
_DEVICE = "'$device:' || device_id"

# distinct_id as of now: what a login told later holds for the device's earlier events too
_EVENTS = """
    select
        event, time_s, {clock} as clock_s, arrived_ms, insert_id, device_id, user_id, library,
        coalesce(user_id, linked_user_id, {device}, '') as distinct_id,
        case when user_id is null and linked_user_id is not null then {device} end as before,
        properties_json
    from {files}
"""
_LINE = """
    '{"event":' || to_json(event) || ',"properties":{"time":' || (clock_s * %(factor)s)
    || ',"distinct_id":' || to_json(distinct_id)
    || coalesce(',"$insert_id":' || to_json(insert_id), '')
    || coalesce(',"$device_id":' || to_json(device_id), '')
    || coalesce(',"$user_id":' || to_json(user_id), '')
    || coalesce(',"$distinct_id_before_identity":' || to_json(before), '')
    || coalesce(',"mp_lib":' || to_json(library), '')
    || ',"$mp_api_timestamp_ms":' || (arrived_ms - 1500)
    || ',"mp_processing_time_ms":' || arrived_ms
    || case when length(properties_json) > 2 then ',' || properties_json[2:-2] else '' end
    || '}}' || chr(10)
"""


def settings(base_url: str, start_date: str) -> dict[str, str]:
    """Return the settings of a source that is to find its data here.

    Args:
        base_url: Where this router is mounted.
        start_date: A day before the company's first.
    """
    return {
        "base_url": f"{base_url}/data",
        "query_base_url": f"{base_url}/query",
        "project_id": str(credentials.MIXPANEL_PROJECT_ID),
        "service_account_username": credentials.MIXPANEL_USERNAME,
        "service_account_secret": credentials.MIXPANEL_SECRET,
        "start_date": start_date,
    }


def router(store: Store) -> Router:
    """Return Mixpanel's endpoints."""
    export = Export(store)
    engage = Engage(store)
    return Router(
        [
            Route("/data/api/2.0/export", endpoint(export.answer)),
            Route("/query/api/query/engage", endpoint(engage.answer), methods=["POST"]),
            Route("/query/api/2.0/engage", endpoint(engage.answer), methods=["POST"]),
        ],
        redirect_slashes=False,
    )


def _error(status: int, text: str, headers: dict[str, str] | None = None) -> Refusal:
    return Refusal(status, {"error": text, "status": "error"}, headers)


def _authenticate(call: Call) -> None:
    known = (credentials.MIXPANEL_USERNAME, credentials.MIXPANEL_SECRET)
    if call.basic() != known:
        raise _error(400, "Unable to authenticate request")
    if "project_id" not in call.params:
        raise _error(400, "project_id is a required parameter for service accounts")
    if call.params["project_id"] != str(credentials.MIXPANEL_PROJECT_ID):
        raise _error(400, "Unable to authenticate request")


class _Budget:
    """The limits of one API: per hour and per second."""

    def __init__(self, store: Store, *, tells_when: bool) -> None:
        self._hour = Limit(HOURLY, 3600, store.clock)
        self._second = Limit(PER_SECOND, 1, store.clock)
        self._tells_when = tells_when

    def take(self) -> None:
        for limit in (self._second, self._hour):
            wait = limit.take()
            if wait is not None:
                told = {"Retry-After": str(int(wait) + 1)} if self._tells_when else {}
                raise Refusal(429, RATE_LIMITED, told)


def _day(call: Call, name: str) -> date:
    try:
        return date.fromisoformat(call.params[name])
    except KeyError:
        raise _error(400, f"{name} is a required parameter") from None
    except ValueError:
        raise _error(400, f"{name} must be a date in the form YYYY-MM-DD") from None


class Export:
    """The raw export."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # seconds are told on the query API only
        self._budget = _Budget(store, tells_when=False)
        self._is_local = store.time_mode == PROJECT_MODE

    def answer(self, call: Call) -> Response:
        """Return the events of some days as JSON lines."""
        _authenticate(call)
        self._budget.take()
        first, last = _day(call, "from_date"), _day(call, "to_date")
        if first > last:
            raise _error(400, "from_date cannot be later than to_date")
        if last > self._store.world().until:
            raise _error(400, "to_date cannot be later than today")
        lines = self._lines(call, first, last)
        head, packs = _peek(lines), "gzip" in call.headers.get("accept-encoding", "")
        if not packs or len(head) <= LONGEST_UNPACKED:
            return StreamingResponse(_chain(head, lines), media_type="text/plain")
        return StreamingResponse(
            _gzipped(_chain(head, lines)),
            media_type="text/plain",
            headers={"Content-Encoding": "gzip"},
        )

    def _lines(self, call: Call, first: date, last: date) -> Iterator[bytes]:
        database = self._store.database(_prepare)
        files = _files(self._store.folder, first, last)
        if not files:
            return
        begin, end = seconds(first), seconds(last + timedelta(days=1))
        conditions, values = ["clock_s >= ? and clock_s < ?"], [begin, end]
        if self._is_local:
            # lets whole row groups be left out before the wall clock is worked out
            conditions.append(f"time_s >= {begin - 2 * 3600} and time_s < {end}")
        conditions, values = self._filter(call, conditions, values)
        limit = _whole_number(call, "limit")
        events = _EVENTS.format(
            clock=_LOCAL_S if self._is_local else "time_s",
            device=_DEVICE,
            files=parquet(*files),
        )
        factor = 1000 if call.params.get("time_in_ms", "").lower() in {"1", "true"} else 1
        query = (
            f"select {_LINE % {'factor': factor}} as line from ({events})"  # noqa: S608
            f" where {' and '.join(conditions)}"
            + (f" limit {min(limit, MOST_EVENTS)}" if limit else "")
        )
        for batch in database.execute(query, values).to_arrow_reader(ROWS_PER_CHUNK):
            yield _text(batch.column(0))

    def _filter(
        self, call: Call, conditions: list[str], values: list[Any]
    ) -> tuple[list[str], list[Any]]:
        if call.params.get("event"):
            try:
                names = [str(name) for name in json.loads(call.params["event"])]
            except (TypeError, ValueError):
                raise _error(400, "event must be a JSON array of names") from None
            conditions, values = [*conditions, "event in (select unnest(?))"], [*values, names]
        if call.params.get("where"):
            condition, more = _where(call.params["where"], _event_field)
            conditions, values = [*conditions, condition], [*values, *more]
        return conditions, values


def _whole_number(call: Call, name: str) -> int:
    text = call.params.get(name, "0")
    if not text.isdigit():
        raise _error(400, f"{name} must be a whole number")
    return int(text)


def _where(text: str, column: segmentation.Column) -> tuple[str, list[Any]]:
    try:
        return segmentation.to_sql(text, column)
    except ValueError as error:
        raise _error(400, f"Invalid where expression: {error}") from None


def _event_field(name: str) -> str:
    plain = {
        "$time": "clock_s", "time": "clock_s", "$distinct_id": "distinct_id",
        "distinct_id": "distinct_id", "$insert_id": "insert_id", "$device_id": "device_id",
        "$user_id": "user_id", "mp_lib": "library", "name": "event",
    }  # fmt: skip
    return plain.get(name) or segmentation.json_field("properties_json", name)


def _files(folder: Path, first: date, last: date) -> list[Path]:
    months = {f"{first - timedelta(days=1):%Y-%m}", f"{last + timedelta(days=1):%Y-%m}"}
    return [
        path
        for path in sorted((folder / "mixpanel").glob("events-*.parquet"))
        if min(months) <= path.stem.removeprefix("events-") <= max(months)
    ]


def _text(lines: pa.Array) -> bytes:
    """Return the bytes of a whole text column at once: no Python object is made per row."""
    offsets = np.frombuffer(lines.buffers()[1], dtype=np.int32)
    begin, end = offsets[lines.offset], offsets[lines.offset + len(lines)]
    return memoryview(lines.buffers()[2])[begin:end].tobytes()


def _peek(parts: Iterator[bytes]) -> bytes:
    """Take parts until it is plain whether the body is long enough to be packed."""
    head = b""
    while len(head) <= LONGEST_UNPACKED and (part := next(parts, None)) is not None:
        head += part
    return head


def _chain(head: bytes, parts: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from parts


def _gzipped(parts: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(level=1, wbits=31)
    for part in parts:
        if packed := packer.compress(part):
            yield packed
    yield packer.flush()


def _prepare(database: duckdb.DuckDBPyConnection, folder: Path, _: World) -> None:
    database.execute("set parquet_metadata_cache = true")
    database.execute(
        f"""
        create table profiles as
        select
            distinct_id,
            strftime(make_timestamp(updated_ms * 1000), '%Y-%m-%dT%H:%M:%S') as last_seen,
            properties_json
        from {parquet(folder / "mixpanel" / "profiles.parquet")}
        """  # noqa: S608
    )


class Engage:
    """The query of profiles; a session holds what it found, and the oldest expire."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._budget = _Budget(store, tells_when=True)
        self._slots = threading.BoundedSemaphore(CONCURRENT)
        self._sessions: dict[str, list[tuple[str, str, str]]] = {}
        self._count = 0
        self._lock = threading.Lock()

    def answer(self, call: Call) -> Response:
        """Return one page of profiles."""
        _authenticate(call)
        if not self._slots.acquire(blocking=False):
            raise Refusal(429, RATE_LIMITED)
        try:
            self._budget.take()
            return self._page(call.form())
        finally:
            self._slots.release()

    def _page(self, form: dict[str, str]) -> Response:
        if not form.get("page", "0").isdigit() or not form.get("page_size", "1").isdigit():
            raise _error(400, "page and page_size must be whole numbers")
        page, size = int(form.get("page", 0)), int(form.get("page_size", PROFILES_PAGE))
        session = form.get("session_id") or self._open(form)
        found = self._sessions.get(session)
        if found is None:
            raise _error(400, "session_id is unknown or has expired, query from page 0")
        wanted = json.loads(form["output_properties"]) if "output_properties" in form else None
        body: dict[str, Any] = {
            "page": page,
            "page_size": size,
            "session_id": session,
            "status": "ok",
            "results": [_profile(*row, wanted) for row in found[page * size : (page + 1) * size]],
        }
        if page == 0:
            body["total"] = len(found)
        return JSONResponse(body)

    def _open(self, form: dict[str, str]) -> str:
        conditions, values = ["true"], list[Any]()
        ids = [form["distinct_id"]] if "distinct_id" in form else []
        ids += json.loads(form["distinct_ids"]) if "distinct_ids" in form else []
        if ids:
            conditions.append("distinct_id in (select unnest(?))")
            values.append([str(one) for one in ids])
        if form.get("where"):
            condition, more = _where(form["where"], _profile_field)
            conditions.append(condition)
            values += more
        found = (
            self._store.database(_prepare)
            .execute(
                "select distinct_id, last_seen, properties_json from profiles"  # noqa: S608
                f" where {' and '.join(conditions)} order by distinct_id",
                values,
            )
            .fetchall()
        )
        with self._lock:
            self._count += 1
            begun = int(datetime.now(UTC).timestamp())
            session = f"{begun}-KETTE{self._count}"
            self._sessions[session] = found
            while len(self._sessions) > OPEN_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
        return session


def _profile_field(name: str) -> str:
    plain = {"$last_seen": "last_seen", "$distinct_id": "distinct_id"}
    return plain.get(name) or segmentation.json_field("properties_json", name)


def _profile(
    distinct_id: str, last_seen: str, properties_json: str, wanted: list[str] | None
) -> dict[str, Any]:
    properties = {**json.loads(properties_json), "$last_seen": last_seen}
    if wanted is not None:
        properties = {name: properties[name] for name in wanted if name in properties}
    # ids made of digits come back as numbers now and then
    is_number = distinct_id.isdigit() and distinct_id[0] != "0" and len(distinct_id) < 16
    is_number = is_number and zlib.crc32(distinct_id.encode()) % 5 == 0
    return {
        "$distinct_id": int(distinct_id) if is_number else distinct_id,
        "$properties": properties,
    }
