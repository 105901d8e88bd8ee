"""The form of a file that has no mapping: format, encoding, delimiter, sheet and header row.

Guesses are tested by reading the file, and marked as guesses.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import charset_normalizer
import duckdb

from ingestion.errors import KetteError
from ingestion.sources.files import header, reading
from ingestion.sources.files.contract import CSV, JSON, PARQUET, WORKBOOK
from ingestion.sources.files.mapping import (
    DataFile,
    FileMapping,
    format_of,
    is_file,
    no_format,
)
from ingestion.sources.files.plain import UTF_8, Content, is_unicode
from ingestion.sources.files.records import is_empty
from ingestion.sources.files.workbook import Workbook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ingestion.sources.files.header import Row

# what a mapping would say of a format, in the order in which a file's content is tried
SPELLED = {WORKBOOK: "xlsx", PARQUET: "parquet", JSON: "jsonl", CSV: "csv"}
DELIMITERS = (";", "\t", ",", "|")
# how much is looked at: rows, and characters
FIRST_ROWS, FIRST_TEXT = 200, 1 << 16
# encodings that people's programs write and that no byte gives away
ENCODINGS = ["cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp932", "gb18030"]
WINDOWS = re.compile(r"cp(125\d)")
MOSTLY = 0.75


@dataclass(frozen=True)
class Shape:
    """How a file is to be read: what a mapping would say, None where it need not say it.

    ``header`` is how many lines or rows stand above the header; ``above`` are those of them in
    which something stands. ``guesses`` are remarks by the mapping's key.
    """

    file: DataFile
    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header: int | None = None
    above: Sequence[list[str]] = ()
    guesses: dict[str, str] = field(default_factory=dict)

    def mapping(self) -> FileMapping:
        """Return a mapping without columns, to read the file with."""
        return FileMapping(
            where="",
            folder=self.file.path.parent,
            name="try",
            kind="touchpoints",
            source="try",
            path=self.file.path.name,
            format=self.format,
            delimiter=self.delimiter,
            encoding=self.encoding,
            decimal=".",
            time_zone="UTC",
            date_formats=(),
            identifier_type="email",
            identifier_namespace="global",
            key=(),
            currency=None,
            columns={},
            sheet=(self.sheet,) if self.sheet else (),
            skip=self.header,
        )


def find(path: Path, folder: Path, sheet: str | None = None) -> Shape:
    """Return the shape of a file.

    Args:
        path: The file.
        folder: For what has to be unpacked.
        sheet: Of a workbook; without it the first that holds a table.

    Raises:
        KetteError: There is no such file, or it cannot be read as anything.
    """
    if not is_file(path):
        raise KetteError(
            "there is no such file", where=path.name, fix="Check the name and the folder"
        )
    if path.suffix.lower() in {".yml", ".yaml"}:
        raise KetteError(
            "it is a mapping, no data",
            where=path.name,
            fix=f"Write kette files try DATA --mapping {path.name}",
        )
    shape = _formatted(path, folder)
    if shape.file.format == WORKBOOK:
        return _with_sheet(shape, folder, sheet)
    if sheet is not None:
        raise KetteError(
            "it is no workbook and has no sheets", where=path.name, fix="Leave out --sheet"
        )
    if shape.file.format == CSV:
        return _with_header(_with_delimiter(_with_encoding(shape), folder), folder)
    return _with_encoding(shape) if shape.file.format == JSON else shape


def _formatted(path: Path, folder: Path) -> Shape:
    """Return the format that the name says where the content agrees, else that of the content."""
    named = format_of(path)
    formats = [*filter(None, [named]), *(one for one in SPELLED if one != named)]
    first: KetteError | None = None
    for wanted in formats:
        shape = Shape(DataFile(path, path.name, wanted))
        try:
            _check(shape, folder)
        except KetteError as error:
            first = first or error
            continue
        if wanted == named:
            return shape
        said = "its name does not tell" if named is None else "whatever its name says"
        return replace(shape, format=SPELLED[wanted], guesses={"format": said})
    raise first or KetteError("it cannot be read", where=path.name)


def _check(shape: Shape, folder: Path) -> None:
    """Refuse a format that the content is not in.

    Raises:
        KetteError: It is not; the message is that of a load.
    """
    content = Content(shape.mapping(), shape.file)
    if shape.file.format == WORKBOOK and not content.is_empty:
        Workbook(content.path(folder), content.where)
    if shape.file.format == JSON and format_of(shape.file.path) is None:
        with content.bytes() as head:
            if not head.read(FIRST_TEXT).lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
                raise no_format(shape.file.path, shape.file.path.name)


def _with_encoding(shape: Shape) -> Shape:
    """Return the encoding where a load would not find it by itself."""
    content = Content(shape.mapping(), shape.file)
    try:
        found = content.encoding
    except KetteError:
        with content.bytes() as head:
            sample = head.read(FIRST_TEXT)
        # the one library in the lock that tells alphabets apart by how often letters stand together
        best = charset_normalizer.from_bytes(sample, cp_isolation=ENCODINGS).best()
        if best is None:
            raise
        name = WINDOWS.sub(r"windows-\1", best.encoding)
        guesses = {**shape.guesses, "encoding": "a guess by its letters: check the names below"}
        return replace(shape, encoding=name, guesses=guesses)
    if found in UTF_8:
        return shape
    said = {"encoding": "as its bytes show"}
    return replace(shape, encoding=found, guesses={**shape.guesses, **said})


def _with_delimiter(shape: Shape, folder: Path) -> Shape:
    content = Content(shape.mapping(), shape.file)
    with content.text() as text:
        sample = text.read(FIRST_TEXT)
    if said := reading.SEPARATOR_LINE.fullmatch(sample.split("\n", 1)[0].strip("\r")):
        return replace(shape, delimiter=said[1])
    first = _sniffed(sample, folder)
    widths = {
        mark: _width(
            reading.heads(
                replace(shape, delimiter=mark).mapping(), shape.file, folder, FIRST_ROWS
            ).get("", [])
        )
        for mark in (*filter(None, [first]), *DELIMITERS)
    }
    # of two that are as good the one that DuckDB found, which stands first
    mark = max(widths, key=lambda one: widths[one])
    if widths[mark][1] > 1:
        return replace(shape, delimiter=mark)
    said_so = {"delimiter": "a guess: there is one column only"}
    return replace(shape, delimiter=",", guesses={**shape.guesses, **said_so})


def _sniffed(sample: str, folder: Path) -> str | None:
    """Return the delimiter that DuckDB's sniffer finds: it tries how many rows each would read."""
    plain = folder / "sample.csv"
    plain.write_text(sample if is_unicode(sample) else "", encoding="utf-8", newline="")
    try:
        with duckdb.connect() as connection:
            found = connection.execute(
                "select delimiter from sniff_csv(?, ignore_errors = true)", [str(plain)]
            ).fetchone()
    except duckdb.Error:
        return None
    return found[0] if found and found[0] in DELIMITERS else None


def _width(rows: list[Row]) -> tuple[float, int]:
    """Return in which share of the rows a delimiter gives the commonest number of cells, and that."""
    counts = Counter(_filled(cells) for _, cells, _ in rows if not is_empty(cells))
    several = {width: count for width, count in counts.items() if width > 1}
    if not several:
        return 0, 1
    width = max(several, key=lambda one: (several[one], one))
    whole = sum(count for one, count in several.items())
    return whole / counts.total(), width


def _filled(cells: list[str]) -> int:
    """Return how many cells a row has up to the last in which something stands."""
    return max((at for at, cell in enumerate(cells, 1) if cell.strip()), default=0)


def _with_sheet(shape: Shape, folder: Path, wanted: str | None) -> Shape:
    shape = replace(shape, sheet=wanted)
    heads = reading.heads(shape.mapping(), shape.file, folder, FIRST_ROWS)
    tables = {name: found for name, rows in heads.items() if (found := _header(rows)) is not None}
    if not tables:
        return shape
    name, (above, before) = next(iter(tables.items()))
    guesses = dict(shape.guesses)
    if wanted is not None or len(heads) > 1:
        others = ", ".join(other for other in tables if other != name)[:200]
        guesses["sheet"] = f"the first with a table; others: {others}" if others else ""
    return replace(shape, sheet=name, header=above, above=before, guesses=guesses)


def _with_header(shape: Shape, folder: Path) -> Shape:
    rows = reading.heads(shape.mapping(), shape.file, folder, FIRST_ROWS).get("", [])
    found = _header(rows)
    if found is None:
        return shape
    return replace(shape, header=found[0], above=found[1])


def _header(rows: list[Row]) -> tuple[int, list[list[str]]] | None:
    """Return how many lines stand above the header, and which rows; None without any row."""
    full = [row for row in rows if not is_empty(row[1])]
    if not full:
        return None
    widths = Counter(sum(1 for cell in cells if cell.strip()) for _, cells, _ in full)
    # rows of one cell are titles where others have several
    typical = max(widths, key=lambda width: (width > 1, widths[width], width))
    at = next(
        (
            at
            for at, (_, cells, kinds) in enumerate(full)
            if sum(1 for cell in cells if cell.strip()) >= MOSTLY * typical and _names(cells, kinds)
        ),
        0,
    )
    return full[at][0] - 1, [cells for _, cells, _ in full[:at]]


def _names(cells: list[str], kinds: str) -> bool:
    """Return whether a row may be a header: nothing in it looks like a value."""
    texts = [cell.strip() for cell in cells if cell.strip()]
    return not any(kind in kinds for kind in ("n", "t")) and not any(
        map(header.VALUE.fullmatch, texts)
    )


def stands_first(shape: Shape, wanted: Sequence[str]) -> bool:
    """Return whether a load finds the header by a mapping's columns, so that it need not be said."""
    return (shape.header or 0) < header.MOST_BEFORE and not any(
        header.fits(cells, wanted) for cells in shape.above
    )
