"""A source made of lists, for tests of what every source goes through."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import duckdb
from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt reads the annotations

from ingestion.settings import settings
from ingestion.toolkit.source import Load, Reader, SourceSettings, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

COLUMNS = {
    "id": "text",
    "day": "date",
    "moment": "timestamp",
    "amount": "decimal",
    "payload": "json",
}


@configspec
class FakeSettings(SourceSettings):
    """Settings of the fake source."""

    base_url: str = ""
    api_key: TSecretStrValue | None = None
    token: TSecretStrValue | None = None
    size: int = 10


def row(number: int, day: str = "2026-03-01", **changed: Any) -> dict[str, Any]:
    """Return a good record."""
    values = {"id": str(number), "day": day, "moment": f"{day}T12:00:00+00:00", "amount": number}
    return {**values, "payload": {"number": number}, **changed}


def stream(
    read: Callable[[Reader], Iterator[Any]] | list[Any], name: str = "things", **changed: Any
) -> Stream:
    """Return a stream that yields pages or is read by a function."""
    values = {"primary_key": ("id",), "columns": COLUMNS, "description": "A thing", **changed}
    pages = read if callable(read) else lambda _reader: iter(read)
    return Stream(name=name, read=pages, **values)


def source(*streams: Stream, **changed: Any) -> Load:
    """Return a source of these streams."""
    values: dict[str, Any] = {
        "source": "fake",
        "settings": FakeSettings,
        "streams": streams,
        "description": "For tests",
        "owner": "tests",
        "cron": "0 0 * * *",
        "fresh_within": timedelta(hours=30),
        "credentials": ("api_key",),
        "connect": None,
    }
    return Load(**{**values, **changed})


def switch_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the fake source its credentials."""
    monkeypatch.setenv("SOURCES__FAKE__API_KEY", "a key")
    monkeypatch.setenv("KETTE_TODAY", "2026-03-10")


def query(sql: str) -> list[Any]:
    """Ask the warehouse; a result of one column comes as a plain list."""
    with closing(duckdb.connect(str(settings().warehouse), read_only=True)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        found = connection.execute(sql).fetchall()
    return [row[0] for row in found] if found and len(found[0]) == 1 else found
