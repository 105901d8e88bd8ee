"""Files: any CSV, JSONL or Parquet that a mapping describes: touchpoints, orders, survey answers.

A file is read again when it or its mapping changed, and replaces what was loaded of it; one that is
gone takes its rows along (``walk``). Reading, typing and judging happen in DuckDB (``formats``,
``rows``), mappings are read in ``mappings``.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from dlt.common.configuration.specs import configspec

from ingestion.settings import settings
from ingestion.sources.files.contract import raw_columns
from ingestion.sources.files.mappings import load_mappings
from ingestion.sources.files.rows import MEMORY, Table
from ingestion.sources.files.walk import SOURCE, Walk
from ingestion.toolkit.source import Load, Reader, SourceSettings, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa


@configspec
class FilesSettings(SourceSettings):
    """Where the mapping files are: a file, a folder or a pattern."""

    mappings: str = ""

    def check(self) -> None:
        """Refuse mappings that are missing, or of which none can be used."""
        if self.mappings:
            found = load_mappings(self.mappings)
            if found.wrong and not found.usable:
                raise found.wrong[0].error

    def troubles(self) -> list[str]:
        """Return what is wrong with single mappings."""
        return [str(wrong.error) for wrong in load_mappings(self.mappings).wrong]


def _read(reader: Reader, kind: str) -> Iterator[pa.RecordBatch]:
    """Read the files of a kind that changed since the last load.

    A file or mapping that cannot be read fails by itself: what is stored of it stays, and the others
    are committed before it is told.

    Raises:
        KetteError: A file or mapping failed.
    """
    mappings = load_mappings(reader.settings.mappings)
    with _workplace() as folder, duckdb.connect(str(folder / "rows.duckdb")) as connection:
        # beyond this it goes to the disk
        connection.execute(f"set memory_limit = '{MEMORY}'")
        table = Table(connection, tuple(raw_columns(kind)), reader.suppressions)
        walk = Walk(reader, table, connection, folder)
        for mapping in (mapping for mapping in mappings.usable if mapping.kind == kind):
            yield from walk.pages(mapping)
    walk.leave_out(mappings, kind)
    walk.close()


@contextlib.contextmanager
def _workplace() -> Iterator[Path]:
    """Give a folder for unpacked files; what a killed run left of it goes too."""
    parent = settings().home / "tmp"
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.glob(f"{SOURCE}-*"):
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=f"{SOURCE}-", dir=parent) as folder:
        yield Path(folder)


def read_touchpoints(reader: Reader) -> Iterator[pa.RecordBatch]:
    """Read the files that hold touchpoints."""
    return _read(reader, "touchpoints")


def read_orders(reader: Reader) -> Iterator[pa.RecordBatch]:
    """Read the files that hold orders."""
    return _read(reader, "orders")


def read_surveys(reader: Reader) -> Iterator[pa.RecordBatch]:
    """Read the files that hold survey answers."""
    return _read(reader, "surveys")


LOAD = Load(
    source=SOURCE,
    settings=FilesSettings,
    streams=(
        Stream(
            name="touchpoints",
            primary_key=("row_id",),
            required=("occurred_at", "touchpoint"),
            columns=raw_columns("touchpoints"),
            description="Touchpoints of mapped files, one row per row of a file.",
            read=read_touchpoints,
            replace_by="file",
        ),
        Stream(
            name="orders",
            primary_key=("row_id",),
            required=("ordered_at",),
            columns=raw_columns("orders"),
            description="Orders of mapped files, one row per row of a file.",
            read=read_orders,
            replace_by="file",
        ),
        Stream(
            name="surveys",
            primary_key=("row_id",),
            required=("answered_at",),
            columns=raw_columns("surveys"),
            description="Survey answers of mapped files, one row per row of a file.",
            read=read_surveys,
            replace_by="file",
        ),
    ),
    description="Files of one's own: exports, lists, anything without an interface.",
    owner="data_engineering",
    cron="5 * * * *",
    fresh_within=timedelta(days=7),
    credentials=("mappings",),
    connect=None,
    again="Mend the file, or the mapping that reads it: `kette load files` reads what has changed",
)
