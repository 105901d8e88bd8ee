"""The published warehouse as the pages read it: read-only, with one handle per version.

Each publication is a new file behind the link ``current.duckdb``. Every rerun resolves the link, and
all caches use the resolved path. So a new version shows without a restart, and no answer mixes two
versions.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import streamlit as st

from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    import pandas as pd

LINK = "current.duckdb"
# publishing keeps two versions: a handle on an older one would only keep a deleted file alive
KEPT_HANDLES = 2
# how long a page waits for the answer to a question that its reader made up
LONGEST_SECONDS = 15.0

cached = st.cache_data(ttl="15m", max_entries=300, show_spinner=False)


@dataclass(frozen=True)
class Publication:
    """One published version, and what it says about itself."""

    path: str
    version: str
    published_at: datetime
    as_of: date
    mode: str
    time_zone: str


def current() -> Publication | None:
    """Return the version that is published now, or None before the first publication.

    Raises:
        duckdb.Error: The file cannot be read.
    """
    try:
        path = (settings().serving / LINK).resolve(strict=True)
    except FileNotFoundError:
        return None
    return _about(str(path))


@cached
def _about(path: str) -> Publication:
    about = rows(
        path,
        """
        select version, published_at, as_of, mode, business_time_zone as time_zone
        from catalogue.about
        """,
    )[0]
    return Publication(path=path, **about)


@st.cache_resource(
    max_entries=KEPT_HANDLES, show_spinner=False, on_release=lambda handle: handle.close()
)
def _handle(path: str) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(path, read_only=True)


def _run(path: str, query: str, parameters: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    # a cursor is a session of its own: it does not share settings, nor results with other threads
    cursor = _handle(path).cursor()
    cursor.execute("set TimeZone = 'UTC'")
    return cursor.execute(query, parameters)


def rows(path: str, query: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Run a query and return its rows as dictionaries; parameters are bound by name."""
    result = _run(path, query, parameters or {})
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


class TooLongError(Exception):
    """A question that readers made up takes longer than a page may wait."""


def limited(
    path: str, query: str, parameters: dict[str, Any], seconds: float = LONGEST_SECONDS
) -> list[dict[str, Any]]:
    """Run a query that readers made up, and stop it after some seconds.

    Raises:
        TooLongError: It was stopped.
    """
    cursor = _handle(path).cursor()
    cursor.execute("set TimeZone = 'UTC'")
    clock = threading.Timer(seconds, cursor.interrupt)
    clock.start()
    try:
        result = cursor.execute(query, parameters)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    except duckdb.InterruptException as error:
        raise TooLongError from error
    finally:
        clock.cancel()


def has_table(path: str, schema: str, name: str) -> bool:
    """Return whether the file has a table: one published before an upgrade may lack a new one."""
    return bool(
        rows(
            path,
            "select 1 from duckdb_tables() where schema_name = $schema and table_name = $name",
            {"schema": schema, "name": name},
        )
    )


def frame(
    path: str, query: str, parameters: dict[str, Any] | None = None, text: Sequence[str] = ()
) -> pd.DataFrame:
    """Run a query and return a narrow frame for a chart.

    Args:
        path: The published file.
        query: What to ask.
        parameters: Bound by name.
        text: Columns that stay empty text where a value is missing.
    """
    found = _run(path, query, parameters or {}).df()
    return found.fillna(dict.fromkeys(text, "")) if text else found
