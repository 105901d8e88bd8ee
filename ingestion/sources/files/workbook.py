"""Excel and similar workbooks: the sheets that a mapping names, row by row, with typed cells.

Cells hold what the program last computed. A date is a date, whatever its display format.
"""

from __future__ import annotations

import fnmatch
import zipfile
import zlib
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import python_calamine as calamine

from ingestion.errors import KetteError
from ingestion.sources.files import spread
from ingestion.sources.files.plain import ALWAYS_ALLOWED, MOST_GROWTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# what a cell holds, beside text: its text is then written as Kette reads it, whatever the mapping says
NUMBER, MOMENT, TEXT = "n", "t", "s"
# what a spreadsheet keeps of a number
DIGITS = 15
# an error of Rust, which is no Exception of Python
PANIC = "PanicException"
HARDLY = timedelta(milliseconds=1)


class Workbook:
    """An open workbook.

    Args:
        path: Where it lies.
        where: How an error names it.

    Raises:
        KetteError: It is damaged, locked with a password, or too large once unpacked.
    """

    def __init__(self, path: Path, where: str) -> None:
        self._where = where
        self._check_size(path)
        with self._in_words():
            self._book = calamine.CalamineWorkbook.from_path(str(path))

    def sheets(self, wanted: Sequence[str]) -> list[str]:
        """Return the names of the sheets that a mapping's key `sheet` means.

        Args:
            wanted: Names or patterns; none for every sheet that is not hidden.

        Raises:
            KetteError: There is no such sheet.
        """
        listed = self._book.sheets_metadata
        there = [one.name for one in listed if one.typ == calamine.SheetTypeEnum.WorkSheet]
        if not wanted:
            hidden = {
                one.name for one in listed if one.visible != calamine.SheetVisibleEnum.Visible
            }
            return [name for name in there if name not in hidden]
        found = []
        for pattern in wanted:
            some = [pattern] if pattern in there else fnmatch.filter(there, pattern)
            if not some:
                raise self._error(
                    f"there is no sheet {pattern!r}",
                    f"The sheets there are: {', '.join(there)[:500]}",
                )
            found.extend(some)
        return list(dict.fromkeys(found))

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str], str]]:
        """Yield each row of a sheet: its number, its cells as texts, and what each holds."""
        with self._in_words():
            opened = self._book.get_sheet_by_name(sheet)
            for number, cells in enumerate(opened.iter_rows(), 1):
                plain = [_plain(cell) for cell in cells]
                yield number, [text for text, _ in plain], "".join(kind for _, kind in plain)

    def has_rows(self, sheet: str) -> bool:
        """Return whether anything stands in a sheet."""
        return next(self.rows(sheet), None) is not None

    def _check_size(self, path: Path) -> None:
        """Refuse what would fill the memory: calamine makes room for every cell up to the last."""
        try:
            with zipfile.ZipFile(path) as packed:
                unpacked = sum(part.file_size for part in packed.infolist())
                if unpacked > max(ALWAYS_ALLOWED, MOST_GROWTH * path.stat().st_size):
                    raise self._error(
                        f"it unpacks to more than {MOST_GROWTH} times its size",
                        "Save its sheets as CSV if it really is that large",
                    )
                extents = spread.extents(packed)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError):
            return  # an .xls is no archive, and of a damaged one calamine says so
        for rows, columns, cells in extents:
            if rows * columns > max(spread.MOST_CELLS, spread.MOST_GAPS * cells):
                raise self._error(
                    f"a sheet has {cells:,} cells, and its last is in row {rows:,}, column {columns:,}",
                    "Delete what stands far below or beside the table, or save the table as CSV",
                )

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Tell in a sentence what calamine fails with, its panics among it."""
        try:
            yield
        except calamine.PasswordError:
            raise self._error(
                "the workbook is locked with a password", "Save it without one"
            ) from None
        except (calamine.CalamineError, OSError, ValueError, ArithmeticError, MemoryError):
            raise self._damaged() from None
        except BaseException as error:
            if type(error).__name__ == PANIC:
                raise self._damaged() from None
            raise

    def _damaged(self) -> KetteError:
        return self._error(
            "the workbook is damaged", "Open it in a spreadsheet program and save it again"
        )

    def _error(self, what: str, fix: str) -> KetteError:
        return KetteError(what, where=self._where, fix=fix)


def _plain(cell: Any) -> tuple[str, str]:
    """Return a cell as text, and what it holds."""
    if isinstance(cell, str):
        return cell, TEXT
    if isinstance(cell, bool):
        return str(cell).lower(), TEXT
    if isinstance(cell, int | float):
        return _number(cell), NUMBER
    if isinstance(cell, timedelta):
        return str(cell), MOMENT
    if isinstance(cell, datetime):
        return _rounded(cell).isoformat(" "), MOMENT
    return cell.isoformat(), MOMENT


def _rounded(moment: datetime) -> datetime:
    """Return a moment, which there is a fraction of a day, with its second where it is meant whole."""
    nearest = (moment + timedelta(seconds=0.5)).replace(microsecond=0)
    return nearest if abs(moment - nearest) < HARDLY else moment


def _number(value: float) -> str:
    if float(value).is_integer() and abs(value) < 10**DIGITS:
        return str(int(value))
    return f"{value:.{DIGITS}g}"
