"""How fast a Mixpanel export becomes rows, and in how much memory, against DuckDB alone.

DuckDB alone is measured twice on the same bytes: reading the lines as they are, and making the
same typed table without gate, ledger, merge and dlt. Each runs in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import duckdb
import pytest

from ingestion.settings import CHECKOUT
from tests.conftest import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.benchmarks.conftest import Record

EVENTS = 1_000_000
SUBJECT = "Mixpanel export"
MOST_MEMORY_MB = 1500
LEAST_SHARE = 0.4

MAKE = """
copy (
    select
        'Page Viewed' as event,
        {
            'time': 1767225600000 + i * 2592000 // $events * 1000,
            'distinct_id': 'u_' || i % 50000,
            '$insert_id': md5(i::varchar)[:16],
            '$device_id': md5((i % 60000)::varchar),
            '$user_id': 'u_' || i % 50000,
            'mp_lib': 'web', '$lib_version': '2.65.0', '$browser': 'Chrome',
            '$browser_version': 127, '$os': 'Mac OS X', '$city': 'Helsinki',
            '$region': 'Uusimaa', 'mp_country_code': 'FI',
            '$current_url': 'https://shop.example/pricing?id=' || i,
            '$referrer': 'https://search.example/', '$initial_referrer': '$direct',
            'utm_source': 'search', 'utm_medium': 'cpc', '$screen_height': 900,
            '$screen_width': 1440, 'plan': 'pro', 'amount': 2900,
            'mp_processing_time_ms': 1767225603000 + i * 2592000 // $events * 1000
        } as properties
    from range($events) as numbers(i)
) to '$path' (format json)
"""

CHILD = """
import json, resource, sys, time
{setup}
begin = time.perf_counter()
{work}
seconds = time.perf_counter() - begin
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([seconds, peak]))
"""
DUCKDB = (
    "import duckdb; c = duckdb.connect(sys.argv[1]); c.execute('set enable_progress_bar=false')"
)
LINES = "c.execute(f\"create table t as from read_ndjson_objects('{sys.argv[2]}')\"); c.close()"
SAME_TABLE = """
from types import SimpleNamespace
from ingestion.sources.mixpanel import events
reader = SimpleNamespace(settings=SimpleNamespace(project_id=1, zone=None), suppressions=())
c.execute(f"create view lines as select json::varchar as line from read_ndjson_objects('{sys.argv[2]}')")
columns = ", ".join(name for name in events.EXPORT_EVENTS.columns if name != "properties")
c.execute(
    f"create table t as select {columns}, properties::json as properties "
    f"from ({events._select(reader)}) "
    "qualify row_number() over (partition by event_key order by processed_at desc) = 1"
)
c.close()
"""
LOAD = "from ingestion.load import run; from ingestion.sources.mixpanel import LOAD"
RUN = "print(*run(LOAD), file=sys.stderr)"


@pytest.fixture
def export(big_home: Path) -> Path:
    """Return a month's export, some 700 MB."""
    path = big_home / "export.jsonl"
    with closing(duckdb.connect()) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(MAKE.replace("$events", str(EVENTS)).replace("$path", str(path)))
    return path


@contextmanager
def served(export: Path) -> Iterator[str]:
    """Serve an export, and one profile."""
    profile = {"page": 0, "total": 1, "results": [{"$distinct_id": "u_1", "$properties": {}}]}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._begin(export.stat().st_size)
            with export.open("rb") as file:
                self.connection.sendfile(file)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps(profile).encode()
            self._begin(len(body))
            self.wfile.write(body)

        def _begin(self, length: int) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def measured(
    setup: str, work: str, home: Path, *arguments: object, **more: str
) -> tuple[float, float]:
    """Return the seconds and the peak memory in MB of a piece of work in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD.format(setup=setup, work=work), *map(str, arguments)],
        cwd=CHECKOUT,
        env={**clean_environment(home), **more},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, peak


def test_an_export_is_loaded_at_speed_in_little_memory(
    export: Path, big_home: Path, record: Record
) -> None:
    lines, _ = measured(DUCKDB, LINES, big_home, big_home / "lines.duckdb", export)
    table, _ = measured(DUCKDB, SAME_TABLE, big_home, big_home / "table.duckdb", export)
    with served(export) as url:
        variables = {
            "BASE_URL": url,
            "QUERY_BASE_URL": url,
            "PROJECT_ID": "1",
            "SERVICE_ACCOUNT_USERNAME": "bench",
            "SERVICE_ACCOUNT_SECRET": "bench",
            "START_DATE": "2026-01-01",
        }
        given = {f"SOURCES__MIXPANEL__{name}": value for name, value in variables.items()}
        load, peak = measured(LOAD, RUN, big_home / "home", **given, KETTE_TODAY="2026-02-01")
    path = str(big_home / "home" / "warehouse.duckdb")
    with closing(duckdb.connect(path, read_only=True)) as connection:
        stored = connection.execute("select count(*) from raw_mixpanel.export_events").fetchall()
    assert stored == [(EVENTS,)]
    megabytes = export.stat().st_size / 1e6
    record(SUBJECT, "events a second, from HTTP to committed rows", f"{EVENTS / load:,.0f}")
    record(SUBJECT, "megabytes a second", f"{megabytes / load:.0f}")
    record(SUBJECT, "peak memory of a million events", f"{peak:,.0f} MB", f"≤ {MOST_MEMORY_MB} MB")
    bar = f"≥ {LEAST_SHARE}"
    record(SUBJECT, "speed as a share of DuckDB making the same table", f"{table / load:.2f}")
    record(SUBJECT, "speed as a share of DuckDB reading the bare lines", f"{lines / load:.2f}", bar)
    assert peak <= MOST_MEMORY_MB
