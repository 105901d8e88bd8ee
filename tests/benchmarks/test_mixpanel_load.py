"""How fast a Mixpanel export becomes rows, and in how much memory.

Beside it, on the same bytes: DuckDB reading the lines as they are, DuckDB making the same typed
table without gate, ledger and merge, and dlt given the events as dictionaries. Each runs in a
process of its own.
"""

from __future__ import annotations

import json
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest

from ingestion.sources.mixpanel.api import MixpanelSettings
from tests.benchmarks.measuring import Cost, measured

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.benchmarks.conftest import Record

SUBJECT = "Mixpanel export"
FIRST = date(2025, 6, 1)
# 31 days are a million events, and ten times as many days ten million
EVENTS_A_DAY, MONTH, DAYS = 32_258, 31, 311
MOST_MEMORY_MB = 1500
LEAST_SHARE, LEAST_TIMES, MOST_GROWTH, MOST_INCREMENT = 0.4, 12, 1.2, 2
# dlt's dictionaries are slow: three days tell
DICTIONARY_DAYS = 3

MAKE = """
copy (
    select
        'Page Viewed' as event,
        {
            'time': epoch_ms($day) + (i - $first) * 86400000 // $events,
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
            'mp_processing_time_ms': epoch_ms($day) + (i - $first) * 86400000 // $events + 3000
        } as properties
    from range($first, $first + $events) as numbers(i)
) to '$path' (format json)
"""

DUCKDB = (
    "import duckdb; c = duckdb.connect(sys.argv[1]); c.execute('set enable_progress_bar=false')"
)
LINES = 'c.execute(f"create table t as from read_ndjson_objects({sys.argv[2]})"); c.close()'
FIELDS = """
c.execute(
    "create table t as select json ->> '$.event' as event, "
    f"json ->> '$.properties.distinct_id' as who, json from read_ndjson_objects({sys.argv[2]})"
)
c.close()
"""
SAME_TABLE = """
from types import SimpleNamespace
from ingestion.sources.mixpanel import events
reader = SimpleNamespace(settings=SimpleNamespace(project_id=1, zone=None), suppressions=())
c.execute(
    "create view lines as select json::varchar as line "
    f"from read_ndjson_objects({sys.argv[2]})"
)
columns = ", ".join(name for name in events.EXPORT_EVENTS.columns if name != "properties")
c.execute(
    f"create table t as select {columns}, properties::json as properties "
    f"from ({events._select(reader)}) "
    "qualify row_number() over (partition by event_key order by processed_at desc) = 1"
)
c.close()
"""
DICTIONARIES_SETUP = """
import ast, hashlib, pathlib
from datetime import datetime, UTC
import dlt
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
paths = ast.literal_eval(sys.argv[2])
def moment(ms):
    return datetime.fromtimestamp(ms / 1000, UTC)
@dlt.resource(
    name="events", primary_key="event_key", write_disposition="merge",
    columns={"properties": {"data_type": "json"}},
)
def events():
    for path in paths:
        page = []
        with open(path) as file:
            for line in file:
                record = json.loads(line)
                properties = record["properties"]
                at = moment(properties["time"])
                parts = [record["event"], properties["distinct_id"], properties["$insert_id"]]
                page.append({
                    "event_key": hashlib.sha256("|".join(parts).encode()).hexdigest(),
                    "event": record["event"],
                    "occurred_at": at,
                    "export_date": at.date(),
                    "distinct_id": properties["distinct_id"],
                    "insert_id": properties["$insert_id"],
                    "processed_at": moment(properties["mp_processing_time_ms"]),
                    "properties": properties,
                })
        yield page
pipeline = dlt.pipeline(
    "dictionaries", destination=dlt.destinations.duckdb(DuckDbCredentials(sys.argv[1])),
    dataset_name="raw", pipelines_dir=str(pathlib.Path(sys.argv[1]).parent / "pipelines"),
)
"""
DICTIONARIES = "pipeline.run(events())"
LOAD = """
from ingestion.loading.run import run
from ingestion.sources.mixpanel import LOAD
"""
RUN = "run(LOAD)"


@dataclass(frozen=True)
class Export:
    """A project's events, a file for each day."""

    folder: Path

    def path(self, day: date) -> Path:
        """Return the file of a day."""
        return self.folder / f"{day}.jsonl"

    def paths(self, count: int) -> list[str]:
        """Return the files of the first days."""
        return [str(self.path(FIRST + timedelta(days=number))) for number in range(count)]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Export:
    """Return ten months of an export, some 6 GB."""
    made = Export(tmp_path_factory.mktemp("export"))
    with closing(duckdb.connect()) as connection:
        connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'")
        for number in range(DAYS):
            day = FIRST + timedelta(days=number)
            values = {
                "$day": f"date '{day}'",
                "$first": str(number * EVENTS_A_DAY),
                "$events": str(EVENTS_A_DAY),
                "$path": str(made.path(day)),
            }
            query = MAKE
            for name, text in values.items():
                query = query.replace(name, text)
            connection.execute(query)
    return made


@contextmanager
def served(export: Export) -> Iterator[str]:
    """Serve the days asked for, and one profile."""
    profile = {"page": 0, "total": 1, "results": [{"$distinct_id": "u_1", "$properties": {}}]}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            day, last = (date.fromisoformat(asked[name][0]) for name in ("from_date", "to_date"))
            paths = []
            while day <= last:
                paths.append(export.path(day))
                day += timedelta(days=1)
            self._begin(sum(path.stat().st_size for path in paths))
            for path in paths:
                with path.open("rb") as file:
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


def loaded(export: Export, home: Path, days: int, start: date = FIRST) -> Cost:
    """Load what a project has after some days, and return what it took."""
    with served(export) as url:
        variables = {
            "BASE_URL": url,
            "QUERY_BASE_URL": url,
            "PROJECT_ID": "1",
            "SERVICE_ACCOUNT_USERNAME": "bench",
            "SERVICE_ACCOUNT_SECRET": "bench",
            "START_DATE": start.isoformat(),
        }
        given = {f"SOURCES__MIXPANEL__{name}": value for name, value in variables.items()}
        today = FIRST + timedelta(days=days)
        return measured(LOAD, RUN, home, **given, KETTE_TODAY=today.isoformat())


def stored(home: Path) -> int:
    """Return how many events a warehouse holds."""
    with closing(duckdb.connect(str(home / "warehouse.duckdb"), read_only=True)) as connection:
        ((count,),) = connection.execute(
            "select count(*) from raw_mixpanel.export_events"
        ).fetchall()
    return int(count)


def test_an_export_is_loaded_at_speed_in_little_memory(
    export: Export, big_home: Path, record: Record
) -> None:
    events, paths = MONTH * EVENTS_A_DAY, export.paths(MONTH)
    lines = measured(DUCKDB, LINES, big_home, big_home / "lines.duckdb", paths).seconds
    fields = measured(DUCKDB, FIELDS, big_home, big_home / "fields.duckdb", paths).seconds
    table = measured(DUCKDB, SAME_TABLE, big_home, big_home / "table.duckdb", paths).seconds
    few = export.paths(DICTIONARY_DAYS)
    slow = measured(DICTIONARIES_SETUP, DICTIONARIES, big_home, big_home / "d.duckdb", few)
    dictionaries = slow.seconds / DICTIONARY_DAYS * MONTH
    load, peak = loaded(export, big_home / "home", MONTH)
    assert stored(big_home / "home") == events
    megabytes = sum(export.path(FIRST + timedelta(days=day)).stat().st_size for day in range(MONTH))
    record(SUBJECT, "events a second, from HTTP to committed rows", f"{events / load:,.0f}")
    record(SUBJECT, "megabytes a second", f"{megabytes / 1e6 / load:.0f}")
    bar = f"≤ {MOST_MEMORY_MB:,} MB"
    record(SUBJECT, "peak memory of a million events", f"{peak:,.0f} MB", bar)
    bar = f"≥ {LEAST_TIMES} ×"
    record(SUBJECT, "times as fast as dlt given dictionaries", f"{dictionaries / load:.1f} ×", bar)
    bar = f"≥ {LEAST_SHARE}"
    record(SUBJECT, "speed as a share of DuckDB storing the bare lines", f"{lines / load:.2f}", bar)
    name = "speed as a share of DuckDB storing the lines and two of their fields"
    record(SUBJECT, name, f"{fields / load:.2f}")
    record(SUBJECT, "speed as a share of DuckDB making the same table", f"{table / load:.2f}")
    assert peak <= MOST_MEMORY_MB


def test_ten_million_events_cost_ten_times_as_much_and_a_day_more_costs_a_day(
    export: Export, big_home: Path, record: Record
) -> None:
    home, whole = big_home / "large", DAYS - 1
    one = loaded(export, big_home / "one", MONTH).seconds
    ten, peak = loaded(export, home, whole)
    assert stored(home) == whole * EVENTS_A_DAY
    on_top = loaded(export, home, DAYS).seconds
    assert stored(home) == DAYS * EVENTS_A_DAY
    # the same days into nothing: the new one, and those that are read again
    again = MixpanelSettings.lookback_days + 1
    alone = loaded(export, big_home / "alone", DAYS, FIRST + timedelta(days=DAYS - again)).seconds
    assert stored(big_home / "alone") == again * EVENTS_A_DAY
    growth = (ten / whole) / (one / MONTH)
    bar = f"≤ {MOST_GROWTH} ×"
    record(SUBJECT, "time per event of ten million beside one million", f"{growth:.2f} ×", bar)
    bar = f"≤ {MOST_MEMORY_MB:,} MB"
    record(SUBJECT, "peak memory of ten million events", f"{peak:,.0f} MB", bar)
    bar = f"≤ {MOST_INCREMENT} ×"
    name = "a daily increment on ten million events beside the same on an empty table"
    record(SUBJECT, name, f"{on_top / alone:.2f} ×", bar)
    assert peak <= MOST_MEMORY_MB
