"""A company written by hand, a few records large, so that every expected value can be read here."""

from __future__ import annotations

import itertools
import json
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.sandbox import credentials, vendors
from ingestion.sandbox.company.clock import VERSION

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

START, UNTIL = date(2025, 1, 1), date(2025, 4, 1)

Rows = list[dict[str, Any]]

# one client for all tests; without certificates, which take longer to read than a test to run
HTTP = httpx.Client(verify=False, timeout=30)
MIXPANEL = httpx.BasicAuth(credentials.MIXPANEL_USERNAME, credentials.MIXPANEL_SECRET)
CHARTMOGUL = httpx.BasicAuth(credentials.CHARTMOGUL_API_KEY, "")
TAWK = httpx.BasicAuth(credentials.TAWK_API_KEY, "")
HUBSPOT = {"Authorization": f"Bearer {credentials.HUBSPOT_ACCESS_TOKEN}"}


def at_s(text: str) -> int:
    """Return the seconds of a moment in UTC, written like ``2025-03-01 12:00``."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def at_ms(text: str) -> int:
    """Return the milliseconds of a moment in UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def write_world(folder: Path, tables: dict[str, Rows] | None = None, until: date = UNTIL) -> Path:
    """Write a company's files; a table that is not given is empty, a column is null.

    Returns:
        The folder.
    """
    given = tables or {}
    for name, types in vendors.tables().items():
        rows = [dict.fromkeys(types) | row for row in given.get(name, [])]
        path = folder / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == "mixpanel/events":
            _write_events(folder, rows)
        else:
            pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(list(types.items()))), path)
    about = {
        "version": VERSION,
        "seed": 1,
        "customers": 10,
        "months": 3,
        "start": START.isoformat(),
        "until": until.isoformat(),
    }
    # as the real one: written last, and all at once
    (folder / "world.json.part").write_text(json.dumps(about))
    (folder / "world.json.part").replace(folder / "world.json")
    return folder


def _write_events(folder: Path, rows: Rows) -> None:
    months: dict[str, Rows] = {}
    for row in sorted(rows, key=lambda row: row["time_s"]):
        month = f"{datetime.fromtimestamp(row['time_s'], UTC):%Y-%m}"
        months.setdefault(month, []).append(row)
    for month, part in months.items():
        table = pa.Table.from_pylist(
            part, schema=pa.schema(list(vendors.tables()["mixpanel/events"].items()))
        )
        pq.write_table(table, folder / "mixpanel" / f"events-{month}.parquet")


def event(time: str, insert_id: str, **more: object) -> dict[str, Any]:
    """Return a page view."""
    return {
        "time_s": at_s(time),
        "arrived_ms": at_s(time) * 1000 + 2500,
        "event": "Page Viewed",
        "insert_id": insert_id,
        "device_id": "d-1",
        "library": "web",
        "properties_json": '{"$current_url":"https://nordlicht.example/"}',
    } | more


class Clock:
    """What limits are counted by in a test: it stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return what it shows."""
        return self.now


def hurrying() -> Callable[[], float]:
    """Return a clock that moves on so far at each look that no limit is ever met."""
    moments = itertools.count(0, 100)
    return lambda: float(next(moments))


def first_and_others(clock_moves: threading.Event, count: int, ask: Callable[[], int]) -> list[int]:
    """Ask several times at once while the clock holds every answer up; then let it move.

    Returns:
        The statuses, that of the first one to be answered in front.
    """
    with ThreadPoolExecutor(count) as pool:
        asked = [pool.submit(ask) for _ in range(count)]
        done, waiting = wait(asked, return_when=FIRST_COMPLETED, timeout=60)
        clock_moves.set()
        return [*(one.result() for one in done), *(one.result() for one in waiting)]


def held_up(moves: threading.Event) -> Callable[[], float]:
    """Return a clock that shows nothing until it may move, and then hurries."""
    clock = hurrying()
    return lambda: clock() if moves.wait(60) else 0.0
