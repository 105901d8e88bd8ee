"""Reads a file of any kind into the table ``base``; what is not a row is kept apart."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, TYPE_CHECKING

import duckdb

from ingestion.errors import KetteError
from ingestion.sources.files import formats, header, records
from ingestion.sources.files.contract import CSV, JSON, PARQUET, WORKBOOK
from ingestion.sources.files.formats import OF_CELLS, OF_DOCUMENTS, Base, Rows
from ingestion.sources.files.plain import UTF_8, Content, lines, place
from ingestion.sources.files.records import Bad, BrokenDocumentError
from ingestion.sources.files.workbook import Workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestion.sources.files.header import Row, Table
    from ingestion.sources.files.mapping import DataFile, FileMapping

# how a file written for Excel names its delimiter
SEPARATOR_LINE = re.compile(r"\ufeff?\"?sep=(.)\"?\s*", re.IGNORECASE)
# more is a delimiter that was mistaken for a letter
MOST_COLUMNS = 5_000


@dataclass
class Reading:
    """A file that was read: its rows, what of it is no row, and what is worth telling."""

    rows: Rows
    empty: int = 0
    before: int = 0
    remarks: list[str] = field(default_factory=list)


def read(
    connection: duckdb.DuckDBPyConnection, mapping: FileMapping, file: DataFile, folder: Path
) -> Reading:
    """Read a file into the table ``base``; lines that are no rows go to ``rejected_lines``.

    Args:
        connection: Of a database of one's own.
        mapping: Describes the file.
        file: The file.
        folder: For what has to be unpacked.

    Raises:
        KetteError: The file is damaged, or is not what the mapping says.
    """
    with _in_words(mapping, file):
        return _READERS[file.format](connection, mapping, Content(mapping, file), folder)


def heads(mapping: FileMapping, file: DataFile, folder: Path, count: int) -> dict[str, list[Row]]:
    """Return the first rows of a CSV file, or of each sheet of a workbook, by the sheet's name.

    Lines that are no rows are left out. A CSV file is one sheet without a name.

    Raises:
        KetteError: The file is damaged, or is not what the mapping says.
    """
    with _in_words(mapping, file):
        content = Content(mapping, file)
        if content.is_empty:
            return {}
        if file.format == WORKBOOK:
            book = Workbook(content.path(folder), content.where)
            return {name: _first(book.rows(name), count) for name in book.sheets(mapping.sheet)}
        with content.text() as text:
            rows, _ = _rows(mapping, content, text)
            return {"": _first(_plain(rows), count)}


def _first(rows: Iterator[Row | Bad], count: int) -> list[Row]:
    return [row for row in islice(rows, count) if not isinstance(row, Bad)]


@contextmanager
def _in_words(mapping: FileMapping, file: DataFile) -> Iterator[None]:
    """Tell in a sentence what DuckDB or the system says about a file."""
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise KetteError(
            "it cannot be read, or there is too little room to read it",
            where=place(mapping, file),
            fix="Check the file, and that KETTE_HOME has three times its size free",
        ) from None
    except (duckdb.Error, OSError):
        raise KetteError(
            f"it cannot be read as {file.format}",
            where=place(mapping, file),
            fix="Check format, delimiter and encoding in the mapping, and the file itself",
        ) from None


def delimiter(mapping: FileMapping, file: DataFile) -> str:
    """Return what stands between cells: what the mapping says, or what is usual."""
    return mapping.delimiter or ("\t" if ".tsv" in file.path.suffixes else ",")


def _csv(
    connection: duckdb.DuckDBPyConnection, mapping: FileMapping, content: Content, _folder: Path
) -> Reading:
    base = Base(connection, OF_CELLS)
    with content.text() as text:
        rows, skipped = _rows(mapping, content, text)
        table = header.table(_plain(rows), mapping.wanted(), is_first=mapping.skip is not None)
        if mapping.skip and skipped and not table.names:
            raise _too_much_skipped(mapping, content, "lines")
        _check_width(table, content)
        rows.width = len(table.names)
        base.fill_cells(table.rows)
    reading = Reading(formats.cells(table.names, "line"), base.empty, table.before + skipped)
    if content.encoding not in UTF_8 and content.encoding != mapping.encoding:
        reading.remarks.append(f"{content.file.path.name} was read as {content.encoding}")
    return reading


def _rows(mapping: FileMapping, content: Content, text: IO[str]) -> tuple[records.Rows, int]:
    """Return the rows of a CSV text, and how many lines above them are left out."""
    walk, skipped = lines(text), 0
    mark = delimiter(mapping, content.file)
    first = next(walk, "")
    if said := SEPARATOR_LINE.fullmatch(first):
        mark, skipped = said[1], 1
    elif first:
        walk = _with(first, walk)
    if mapping.skip is not None:
        skipped += sum(1 for _ in islice(walk, max(mapping.skip - skipped, 0)))
    return records.Rows(walk, mark, first=skipped + 1, is_mixed=content.is_mixed), skipped


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _plain(rows: records.Rows) -> Iterator[Row | Bad]:
    """Yield rows of CSV like those of a workbook: every cell is text."""
    for row in rows:
        yield row if isinstance(row, Bad) else (*row, "")


def _too_much_skipped(mapping: FileMapping, content: Content, what: str) -> KetteError:
    return content.error(
        f"nothing stands below the {mapping.skip:,} {what} that skip leaves out",
        "Write how many lines stand above the header, or leave skip out",
    )


def _check_width(table: Table, content: Content) -> None:
    if len(table.names) > MOST_COLUMNS:
        raise content.error(
            f"its header has {len(table.names):,} columns",
            "Check the delimiter in the mapping, and whether the file is a table",
        )


def _workbook(
    connection: duckdb.DuckDBPyConnection, mapping: FileMapping, content: Content, folder: Path
) -> Reading:
    base = Base(connection, OF_CELLS)
    if content.is_empty:
        return Reading(formats.cells([], "row"))
    book = Workbook(content.path(folder), content.where)
    tables = {sheet: _table(book, sheet, mapping) for sheet in book.sheets(mapping.sheet)}
    fitting = {sheet: table for sheet, table in tables.items() if table.fits}
    if not mapping.sheet and len(fitting) > 1:
        raise content.error(
            f"several sheets hold these columns: {', '.join(fitting)[:300]}",
            f'Write sheet: "{next(iter(fitting))}", several as a list, or sheet: "*" for all',
        )
    # where none fits, the first one is told of
    used = fitting or dict(list(tables.items())[:1])
    if mapping.sheet and len(fitting) < len(tables):
        used = tables
    names = next((table.names for table in used.values()), [])
    if mapping.skip and used and not names and any(map(book.has_rows, used)):
        raise _too_much_skipped(mapping, content, "rows")
    reading = Reading(formats.cells(names, "row"))
    for sheet, table in used.items():
        if table.names != names:
            raise content.error(
                f"the columns of sheet {sheet!r} are not those of the first one",
                "Describe them in a mapping of their own, with sheet",
            )
        _check_width(table, content)
        base.fill_cells(table.rows, sheet if len(tables) > 1 else None)
        reading.before += table.before
    reading.empty = base.empty
    if left := [sheet for sheet in tables if sheet not in used]:
        reading.remarks.append(f"{content.file.path.name}: sheets left out: {', '.join(left)}")
    return reading


def _table(book: Workbook, sheet: str, mapping: FileMapping) -> Table:
    rows: Iterator[Row | Bad] = islice(book.rows(sheet), mapping.skip or 0, None)
    return header.table(rows, mapping.wanted(), is_first=mapping.skip is not None)


def _json(
    connection: duckdb.DuckDBPyConnection, _mapping: FileMapping, content: Content, _folder: Path
) -> Reading:
    base = Base(connection, OF_DOCUMENTS)
    with content.text() as text:
        try:
            base.fill(records.documents(lines(text), is_mixed=content.is_mixed))
        except BrokenDocumentError as broken:
            raise content.error(
                f"from line {broken.number} on it is no JSON", "Mend the file, or export it again"
            ) from None
    return Reading(formats.documents(connection))


def _parquet(
    connection: duckdb.DuckDBPyConnection, _mapping: FileMapping, content: Content, folder: Path
) -> Reading:
    if content.is_empty:
        Base(connection, OF_CELLS)
        return Reading(formats.cells([], "row"))
    return Reading(formats.parquet(connection, content.path(folder)))


_READERS = {CSV: _csv, WORKBOOK: _workbook, JSON: _json, PARQUET: _parquet}
