"""How far apart the cells of a workbook's sheets are: one cell far out makes a sheet huge."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

# up to so many cells any sheet is read; beyond, so many for each in which something stands
MOST_CELLS, MOST_GAPS = 50_000_000, 20
CHUNK, LONGEST_TAG = 1 << 20, 1 << 12
SHEETS = re.compile(r"(?i).*worksheets/[^/]*\.xml")
# a cell of Excel that holds something, and one of OpenDocument, whose gaps are counted
CELL = re.compile(rb'<(?:\w+:)?c\s(?:[^<>]*?\s)?r="([A-Za-z]+)(\d+)"(?:[^<>]*[^/<>])?>')
OPEN_TAG = re.compile(
    rb"<table:(table-row|table-cell|covered-table-cell|table)(?=[\s/>])([^<>]*?)(/?)>"
)
REPEATED = re.compile(rb'number-(?:columns|rows)-repeated="(\d+)"')


def extents(packed: zipfile.ZipFile) -> Iterator[tuple[int, int, int]]:
    """Yield of each sheet its last row, its last column, and how many cells hold something."""
    found = []
    for part in packed.namelist():
        if SHEETS.fullmatch(part):
            found.append(_of_excel(packed, part))
        elif part == "content.xml":
            found.extend(_of_open_document(packed.read(part)))
    return iter(found)


def _of_excel(packed: zipfile.ZipFile, part: str) -> tuple[int, int, int]:
    rows, count, letters = 0, 0, set[bytes]()
    with packed.open(part) as content:
        rest = b""
        while chunk := content.read(CHUNK):
            text = rest + chunk
            end = 0
            for cell in CELL.finditer(text):
                letters.add(cell[1])
                rows = max(rows, int(cell[2]))
                count += 1
                end = cell.end()
            # a tag may go on in the next chunk
            rest = text[max(end, len(text) - LONGEST_TAG) :]
    return rows, max(map(_column, letters), default=0), count


def _column(letters: bytes) -> int:
    """Return the number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _of_open_document(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the extents of the tables, one after another."""
    row = column = count = last_row = last_column = height = 0
    for tag in OPEN_TAG.finditer(content):
        found = REPEATED.search(tag[2])
        times = int(found[1]) if found else 1
        if tag[1] == b"table":
            if count:
                yield last_row, last_column, count
            row = count = last_row = last_column = height = 0
        elif tag[1] == b"table-row":
            row, column, height = row + height, 0, times
        else:
            column += times
            if not tag[3]:
                count += 1
                last_row, last_column = row + height, max(last_column, column)
    if count:
        yield last_row, last_column, count
