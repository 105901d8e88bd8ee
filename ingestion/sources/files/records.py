"""Text to records: the rows of CSV and the documents of JSON, each with the line where it begins.

A record that cannot be read is one line, whatever a quote in it would swallow. The text after it is
read as if the quote were not there. So every line of a file belongs to a record.
"""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.records.casts import MAX_RECORD_BYTES
from ingestion.sources.files.plain import is_unicode, is_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

# process-wide: no value of a row may be larger than a row
csv.field_size_limit(MAX_RECORD_BYTES)
UNCLOSED = "a quote opens in this line and never closes"
MISPLACED = "a quote in this line stands where it may not"
TOO_LARGE, NOT_UNICODE = "larger than 1 MB", "invalid encoding"
# from so many columns on no text has by chance as many delimiters in each of its lines as a row
ENOUGH_COLUMNS = 3
LINE_ENDS = "\r\n"
BLANK = re.compile(r"[\s\ufeff]*")
# a line that begins an array of objects, or an object that goes on in the next lines
OPEN = re.compile(r"\s*(\[\s*(\{.*)?|\{\s*|.*[\[{,:]\s*)", re.DOTALL)
SPACE = re.compile(r"[\s\ufeff]*")
# how much of documents over several lines is read at a time, and at most for one of them
AHEAD, MOST_AHEAD = 1 << 16, 1 << 25


@dataclass(frozen=True)
class Bad:
    """A line that is no record, or a record that is none."""

    number: int
    reason: str
    text: str


class Rows:
    """The rows of a CSV text, or what is wrong with a line.

    Args:
        lines: The lines, with their ends.
        delimiter: What stands between cells.
        first: Number of the first line.
        is_mixed: Whether lines may hold bytes that are no UTF-8.
    """

    def __init__(
        self, lines: Iterator[str], delimiter: str, *, first: int = 1, is_mixed: bool = False
    ) -> None:
        self._lines, self._delimiter = lines, delimiter
        self._is_mixed = is_mixed
        self._number = first
        # how many cells a row should have, once it is known
        self.width = 0
        # lines of the record that is being read; lines to be read once more
        self._taken: list[str] = []
        self._again: deque[str] = deque()

    def __iter__(self) -> Iterator[tuple[int, list[str]] | Bad]:
        """Yield each row with the number of the line it begins in."""
        is_over = False
        while not is_over:
            try:
                for cells in csv.reader(self._next(), delimiter=self._delimiter, strict=True):
                    if self._swallows():
                        yield self._refused(UNCLOSED)
                        break
                    yield self._row(cells)
                else:
                    is_over = True
            except csv.Error as error:
                yield self._refused(self._reason(error))

    def _next(self) -> Iterator[str]:
        while True:
            line = self._again.popleft() if self._again else next(self._lines, None)
            if line is None:
                return
            self._taken.append(line)
            if is_whole(line):
                yield line
            else:
                # the rest of it, which would be a line of its own
                for rest in self._lines:
                    if is_whole(rest):
                        break
                raise csv.Error(TOO_LARGE)

    def _row(self, cells: list[str]) -> tuple[int, list[str]] | Bad:
        number, taken = self._number, self._taken
        self._number += len(taken)
        if self._is_mixed and not all(map(is_unicode, taken)):
            bad = Bad(number, NOT_UNICODE, shown("".join(taken)))
            taken.clear()
            return bad
        taken.clear()
        return number, cells

    def _refused(self, reason: str) -> Bad:
        """Give up the first line of a record; those behind it are read again."""
        first, *rest = self._taken
        bad = Bad(self._number, reason, shown(first))
        self._again.extendleft(reversed(rest))
        self._taken.clear()
        self._number += 1
        return bad

    def _swallows(self) -> bool:
        """Return whether a row of several lines is several rows between two stray quotes."""
        if len(self._taken) == 1 or self.width < ENOUGH_COLUMNS:
            return False
        return all(line.count(self._delimiter) == self.width - 1 for line in self._taken)

    def _reason(self, error: csv.Error) -> str:
        if not is_whole(self._taken[0]):
            return TOO_LARGE
        has_several = len(self._taken) > 1
        is_open = has_several or str(error).startswith("unexpected end")
        return UNCLOSED if is_open else MISPLACED


def shown(text: str) -> str:
    """Return a line as it is kept: without its end, and with what is no UTF-8 written out."""
    plain = text.rstrip(LINE_ENDS)[:MAX_RECORD_BYTES]
    return (
        plain
        if is_unicode(plain)
        else plain.encode(errors="surrogateescape").decode(errors="backslashreplace")
    )


def is_empty(cells: list[str]) -> bool:
    """Return whether nothing stands in a row."""
    return not any(cells) or all(BLANK.fullmatch(cell) for cell in cells)


class BrokenDocumentError(Exception):
    """A JSON document ends or goes wrong in a line, behind which nothing can be told apart."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)


def documents(lines: Iterator[str], *, is_mixed: bool) -> Iterator[tuple[int, str] | Bad]:
    """Yield the records of JSON: one in each line, or one after another over several lines.

    Raises:
        BrokenDocumentError: Documents over several lines do not go on as JSON does.
    """
    number = 0
    for line in lines:
        number += 1
        text = line.lstrip("\ufeff") if number == 1 else line
        if BLANK.fullmatch(text):
            continue
        if OPEN.fullmatch(text):
            yield from _Documents(text, lines, number)
            return
        if not is_whole(line):
            _skip_line(lines)
            yield Bad(number, TOO_LARGE, shown(line))
        elif is_mixed and not is_unicode(text):
            yield Bad(number, NOT_UNICODE, shown(text))
        else:
            yield number, text.rstrip(LINE_ENDS)


def _skip_line(lines: Iterator[str]) -> None:
    for rest in lines:
        if is_whole(rest):
            return


class _Documents:
    """JSON documents one after another; the elements of an array are records of their own."""

    def __init__(self, text: str, lines: Iterator[str], number: int) -> None:
        self._text, self._lines, self._number = text, lines, number
        self._at = 0
        self._decoder = json.JSONDecoder(strict=False)

    def __iter__(self) -> Iterator[tuple[int, str] | Bad]:
        while mark := self._mark():
            if mark == "[":
                yield from self._elements()
            else:
                yield self._record()

    def _elements(self) -> Iterator[tuple[int, str] | Bad]:
        self._to(self._at + 1)
        mark = self._mark()
        while mark != "]":
            yield self._record()
            mark = self._mark()
            if mark == ",":
                self._to(self._at + 1)
                self._mark()
            elif mark != "]":
                raise BrokenDocumentError(self._number)
        self._to(self._at + 1)

    def _mark(self) -> str:
        """Go to the next character that is no blank and return it, empty at the end."""
        while True:
            self._to(SPACE.match(self._text, self._at).end())  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read(AHEAD):
                return ""

    def _record(self) -> tuple[int, str] | Bad:
        number, wanted = self._number, AHEAD
        while True:
            try:
                _, end = self._decoder.raw_decode(self._text, self._at)
            except ValueError:
                end = -1
            except RecursionError:
                raise BrokenDocumentError(number) from None
            if 0 <= end < len(self._text) or not self._read(wanted):
                break
            wanted *= 2
            if wanted > MOST_AHEAD:
                raise BrokenDocumentError(number)
        if end < 0:
            raise BrokenDocumentError(number)
        text = self._text[self._at : end]
        self._to(end)
        if not is_unicode(text):
            return Bad(number, NOT_UNICODE, shown(text))
        return number, text

    def _to(self, at: int) -> None:
        self._number += self._text.count("\n", self._at, at)
        self._at = at

    def _read(self, wanted: int) -> bool:
        """Read so much more, and forget what was passed; return whether there was more."""
        pieces, length = [self._text[self._at :]], 0
        for line in self._lines:
            pieces.append(line)
            length += len(line)
            if length >= wanted:
                break
        self._text, self._at = "".join(pieces), 0
        return length > 0
