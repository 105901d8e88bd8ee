"""A load that kills itself at a point: ``python -m tests.ingestion.killed merged POINT``.

Three days are loaded. Then one loses a row, one all of them, one row changes and a day is added;
that second load is the one that dies. With ``bulk`` in place of ``merged`` the rows come in as those
of a bulk stream.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dlt.destinations.impl.duckdb.duck import DuckDbClient
from dlt.destinations.impl.duckdb.sql_client import DuckDbSqlClient
from dlt.load.load import Load as DltLoad

from ingestion.loading import dlt_package, ledger, run, warehouse
from ingestion.toolkit.bulk_rows import parse
from tests.ingestion.fakes import row, source, stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ingestion.toolkit.source import Load, Reader, Stream

BEFORE = {
    **{f"a{number}": ("2026-03-01", number) for number in range(20)},
    **{f"b{number}": ("2026-03-02", number) for number in range(20)},
    **{f"c{number}": ("2026-03-03", number) for number in range(20)},
}
AFTER = {
    **{key: value for key, value in BEFORE.items() if value[0] != "2026-03-02" and key != "a7"},
    "c3": ("2026-03-03", 333),
    **{f"d{number}": ("2026-03-04", number) for number in range(20)},
}
SELECT = """
    select
        line ->> 'id' as id,
        cast(line ->> 'day' as date) as day,
        cast(line ->> 'moment' as timestamptz) as moment,
        cast(line ->> 'amount' as decimal(18, 4)) as amount,
        line ->> 'payload' as payload,
        false as is_suppressed,
        cast(null as varchar) as reason,
        cast(null as varchar) as line
    from lines
"""
DAYS = [f"2026-03-0{number}" for number in range(1, 5)]


def _pages(rows: dict[str, tuple[str, int]]) -> Iterator[Any]:
    records = [row(0, day, id=key, amount=amount) for key, (day, amount) in rows.items()]
    yield records[:30]
    yield records[30:]


def _reads(rows: dict[str, tuple[str, int]]) -> Callable[[Reader], Iterator[Any]]:
    def read(reader: Reader) -> Iterator[Any]:
        yield from _pages(rows)
        reader.covered(*DAYS)
        reader.state["read"] = len(rows)

    return read


def _dying(reader: Reader) -> Iterator[Any]:
    pages = _pages(AFTER)
    yield next(pages)
    _die()


def _reads_nothing(_: Reader) -> Iterator[Any]:
    yield from ()


def _vendor(read: Callable[[Reader], Iterator[Any]], way: str) -> Load:
    pages = stream(read, replace_by="day")
    return source(replace(pages, bulk=True, read=_in_files(pages)) if way == "bulk" else pages)


def _in_files(pages: Stream) -> Callable[[Reader], Iterator[Any]]:
    """Return a read whose pages are lines of JSON, parsed into files."""

    def read(reader: Reader) -> Iterator[Any]:
        for page in pages.read(reader):
            lines = [json.dumps(record).encode() + b"\n" for record in page]
            yield parse(lines, SELECT, reader, pages, name="fake.things", keys={})

    return read


def before(way: str) -> Load:
    """Return the source as it is read first."""
    return _vendor(_reads(BEFORE), way)


def after(way: str) -> Load:
    """Return the source as it is read later."""
    return _vendor(_reads(AFTER), way)


def nothing(way: str) -> Load:
    """Return the source as something else is read of it."""
    return _vendor(_reads_nothing, way)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dies_after(owner: Any, name: str) -> None:
    original = getattr(owner, name)

    def dying(*args: Any, **named: Any) -> Any:
        result = original(*args, **named)
        _die()
        return result

    setattr(owner, name, dying)


def _dies_before(owner: Any, name: str) -> None:
    setattr(owner, name, lambda *_args, **_named: _die())


def _dies_within(text: str) -> None:
    """Die after the first of several statements that are sent together."""
    original = DuckDbSqlClient.execute_query

    def execute(client: Any, query: Any, *args: Any, **named: Any) -> Any:
        if text in query:
            with original(client, query.split(";")[0], *args, **named):
                _die()
        return original(client, query, *args, **named)

    DuckDbSqlClient.execute_query = execute


def _dies_after_statement(text: str) -> None:
    original = DuckDbSqlClient.execute_query

    class Dying:
        def __init__(self, inner: Any, query: Any) -> None:
            self._inner, self._query = inner, query

        def __enter__(self) -> Any:
            result = self._inner.__enter__()
            if text in str(self._query):
                _die()
            return result

        def __exit__(self, *arguments: object) -> Any:
            return self._inner.__exit__(*arguments)

    def execute(client: Any, query: Any, *args: Any, **named: Any) -> Any:
        return Dying(original(client, query, *args, **named), query)

    DuckDbSqlClient.execute_query = execute


def _dies_before_commit() -> None:
    original = warehouse._trim_strays

    def dying(*args: Any) -> None:
        original(*args)
        _die()

    warehouse._trim_strays = dying


POINTS: dict[str, tuple[str, Callable[[], None]]] = {
    "reading": ("old", lambda: None),
    "package written": ("old", lambda: _dies_after(dlt_package, "extract")),
    "promised": ("old", lambda: _dies_after(ledger, "promise")),
    "staged": ("old", lambda: _dies_after_statement('INSERT INTO "raw_fake_staging"')),
    "half merged": ("old", lambda: _dies_within('DELETE FROM "raw_fake"."things"')),
    "merged, not committed": ("old", lambda: _dies_after_statement('INSERT INTO "raw_fake"."thi')),
    "merged": ("new", lambda: _dies_before(DltLoad, "complete_package")),
    "marked": ("new", lambda: _dies_after(DuckDbClient, "complete_load")),
    "committed": ("new", lambda: _dies_after(dlt_package, "commit")),
    "settled": ("new", lambda: _dies_after(warehouse, "settle")),
    "accounted for": ("new", lambda: _dies_after(ledger, "complete")),
}
BULK_POINTS: dict[str, tuple[str, Callable[[], None]]] = {
    name: POINTS[name]
    for name in ("reading", "promised", "marked", "committed", "settled", "accounted for")
} | {
    "written, not committed": ("old", _dies_before_commit),
    "written": ("new", lambda: _dies_after(warehouse, "write")),
}
WAYS = {"merged": POINTS, "bulk": BULK_POINTS}


def main(way: str, point: str) -> None:
    """Load until the point is reached."""
    WAYS[way][point][1]()
    run.run(_vendor(_dying, way) if point == "reading" else after(way))


if __name__ == "__main__":
    main(*sys.argv[1:])
