"""The bytes of a file, unpacked as they are read, and its lines in their real encoding.

Unpacking is done here for two reasons: a gzip file that was cut short must be an error, and one that
unpacks endlessly must not fill memory or disk.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import shutil
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from ingestion.errors import KetteError
from ingestion.records.casts import MAX_RECORD_BYTES
from ingestion.sources.files.contract import CSV, JSON, PARQUET, WORKBOOK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestion.sources.files.mapping import DataFile, FileMapping

CHUNK = 1 << 20
# text packs to a tenth, rarely to a fiftieth: what grows more than this is made to fill a disk
MOST_GROWTH, ALWAYS_ALLOWED = 200, 1 << 28
UTF_8 = ("utf-8", "utf8", "utf-8-sig", "utf_8", "utf_8_sig")
# the longest first: that of UTF-32 begins like that of UTF-16
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ZIP, OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# what a file is by its first bytes, and what to do where another kind is expected
FORMS = (
    (re.compile(re.escape(OLD_OFFICE)), "a workbook", "Write format: xls in the mapping"),
    (re.compile(rb"PAR1"), "a Parquet file", "Write format: parquet in the mapping"),
    (re.compile(rb"\x1f\x8b"), "packed with gzip", "Let its name end in .gz"),
    (re.compile(rb"%PDF"), "a PDF", "Export it as CSV or as a workbook"),
    (re.compile(rb"SQLite format 3"), "a database", "Export its table as CSV"),
    (
        re.compile(rb"Rar!|7z\xbc\xaf|BZh\d|\xfd7zXZ|\x28\xb5\x2f\xfd"),
        "packed with another program than gzip",
        "Unpack it, and name the file that is in it",
    ),
    (re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8"), "a picture", "Export its table as CSV"),
    (re.compile(rb"\{\\rtf"), "a text document (RTF)", "Save its table as CSV"),
    (
        re.compile(rb"\s*<(!doctype|html|table|\?xml|meta|head)", re.IGNORECASE),
        "a web page (HTML or XML)",
        "Open it in a spreadsheet program and save it as .xlsx",
    ),
)
JSON_TEXT = re.compile(rb"(\xef\xbb\xbf)?\s*(\[\s*\{|\{)\s*\"")
WORKBOOK_PARTS = re.compile(r"xl/|content\.xml$")
# letters that stand alone in Western words, and marks that no such word has within it
FOREIGN = re.compile(r"[À-ÖØ-öø-ÿ]{4}|[^\W\d_][¡-¦¨-©«-¬®-¶¸-¿×÷][^\W\d_]")


def place(mapping: FileMapping, file: DataFile) -> str:
    """Return how an error names a file."""
    return f"{mapping.where}: {file.path.name}" if mapping.where else file.path.name


class Content:
    """A file's content: what it is, unpacked and as text.

    Args:
        mapping: Describes the file.
        file: The file.

    Raises:
        KetteError: It is damaged, too large once unpacked, or not what the mapping says.
    """

    def __init__(self, mapping: FileMapping, file: DataFile) -> None:
        self.file, self.where = file, place(mapping, file)
        self._size = file.path.stat().st_size
        self.is_packed = file.path.suffix.lower() == ".gz"
        with self.bytes() as content:
            self._head = content.read(4096)
        self.is_empty = not self._head
        self._check_form()
        # what the mapping says, or what the file shows
        self._given = mapping.encoding
        self._encoding: str | None = None
        # whether lines may hold bytes that are no UTF-8
        self.is_mixed = False

    def error(self, what: str, fix: str) -> KetteError:
        """Return an error of this file."""
        return KetteError(what, where=self.where, fix=fix)

    @contextmanager
    def bytes(self) -> Iterator[IO[bytes]]:
        """Open the content, unpacked."""
        try:
            with self.file.path.open("rb") as packed:
                if not self.is_packed:
                    yield packed
                    return
                limit = max(ALWAYS_ALLOWED, MOST_GROWTH * self._size)
                with gzip.open(packed) as content:
                    yield io.BufferedReader(_Bounded(content, limit), CHUNK)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise self.error(
                "the gzip file is damaged or incomplete", "Copy it here again"
            ) from None
        except _TooLargeError:
            raise self.error(
                f"it unpacks to more than {MOST_GROWTH} times its size",
                "Unpack it yourself if it really is that large: a plain file is read at any size",
            ) from None

    def path(self, folder: Path) -> Path:
        """Return a path to the unpacked content, whose name no program takes for a pattern."""
        plain = folder / "content"
        plain.unlink(missing_ok=True)
        if self.is_packed:
            with self.bytes() as content, plain.open("wb") as target:
                shutil.copyfileobj(content, target, CHUNK)
        else:
            plain.symlink_to(self.file.path.absolute())
        return plain

    @contextmanager
    def text(self) -> Iterator[IO[str]]:
        """Open the content as text; bytes that are no UTF-8 become lone surrogates."""
        encoding = self.encoding
        errors = "surrogateescape" if encoding == "utf-8-sig" else "strict"
        try:
            with self.bytes() as content:
                yield io.TextIOWrapper(content, encoding, errors=errors, newline="")
        except UnicodeError:
            raise self.error(
                f"it is not in {encoding}",
                "Leave encoding out, or write the right one, e.g. encoding: windows-1252",
            ) from None

    @property
    def encoding(self) -> str:
        """The encoding to read it with: the mapping's, or without one what its bytes show."""
        if self._encoding is None:
            self._encoding = self._found()
        return self._encoding

    def _found(self) -> str:
        shown = next((name for mark, name in MARKS if self._head.startswith(mark)), None)
        shown = shown or _utf_16(self._head)
        if self._given and shown and not _agree(self._given, shown):
            raise self.error(
                f"it is in {shown}, and the mapping says {self._given}",
                f"Write encoding: {shown}, or leave encoding out",
            )
        found = self._given or shown or "utf-8"
        if found not in UTF_8:
            return found
        bad = self._first_that_is_no_utf_8()
        if bad is None:
            return "utf-8-sig"
        text, is_mixed = bad
        # JSON is UTF-8 by its standard
        if self._given or shown or is_mixed or self.file.format == JSON:
            self.is_mixed = True
            return "utf-8-sig"
        if FOREIGN.search(text):
            raise self.error(
                "it is not in UTF-8, and its letters are no Western ones",
                "Write its encoding in the mapping, e.g. encoding: windows-1250",
            )
        return "windows-1252"

    def _first_that_is_no_utf_8(self) -> tuple[str, bool] | None:
        """Return the text around the first bytes that are no UTF-8, and whether others are.

        None where all is UTF-8. The text is as Windows writes it in Western countries.
        """
        decoder = codecs.getincrementaldecoder("utf-8")()
        has_others, before = False, b""
        with self.bytes() as content:
            for chunk in iter(lambda: content.read(CHUNK), b""):
                try:
                    has_others = has_others or not decoder.decode(chunk).isascii()
                except UnicodeDecodeError:
                    has_others = has_others or _has_sequences(chunk)
                    return _western(chunk), has_others or _western(chunk) == ""
                before = chunk[-8:]
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _western(before), has_others or _western(before) == ""
        return None

    def _check_form(self) -> None:
        """Refuse a file that is something else than its name or the mapping says."""
        wanted = self.file.format
        is_zip, is_old = self._head.startswith(ZIP), self._head.startswith(OLD_OFFICE)
        if wanted == WORKBOOK and (is_zip or is_old):
            return
        if wanted == PARQUET and self._head.startswith(b"PAR1"):
            return
        if is_zip:
            raise self._of_zip()
        for form, what, fix in FORMS:
            if form.match(self._head):
                raise self.error(f"it is {what}, whatever its name says", fix)
        if wanted == CSV and JSON_TEXT.match(self._head):
            raise self.error(
                "it is JSON, whatever its name says",
                "Write format: json in the mapping, or let its name end in .json",
            )
        if wanted in {WORKBOOK, PARQUET} and not self.is_empty:
            kind = "workbook" if wanted == WORKBOOK else "Parquet file"
            raise self.error(
                f"it is no {kind}, or damaged",
                "Where it is text write format: csv in the mapping, else copy it here again",
            )

    def _of_zip(self) -> KetteError:
        names: list[str] = []
        try:
            with zipfile.ZipFile(self.file.path) as packed:
                names = packed.namelist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            names = []
        if any(map(WORKBOOK_PARTS.search, names)):
            return self.error(
                "it is a workbook (Excel), whatever its name says",
                "Write format: xlsx in the mapping, or let its name end in .xlsx",
            )
        return self.error("it is a zip archive", "Unpack it, and name the file that is in it")


class _TooLargeError(Exception):
    """A packed file unpacks to more than is allowed."""


class _Bounded(io.RawIOBase):
    """Unpacked content that ends in an error once it is too long."""

    def __init__(self, content: gzip.GzipFile, limit: int) -> None:
        self._content, self._left = content, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._content.read1(len(buffer))
        self._left -= len(chunk)
        if self._left < 0:
            raise _TooLargeError
        buffer[: len(chunk)] = chunk
        return len(chunk)


def lines(text: IO[str]) -> Iterator[str]:
    """Yield lines with their ends; one of more than a megabyte comes in pieces of that size."""
    while line := text.readline(MAX_RECORD_BYTES):
        yield line


def is_whole(line: str) -> bool:
    """Return whether a line came whole."""
    return len(line) < MAX_RECORD_BYTES or line.endswith(("\n", "\r"))


def is_unicode(text: str) -> bool:
    """Return whether a text holds no bytes that are no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _agree(given: str, shown: str) -> bool:
    """Return whether an encoding of a mapping is the one that the first bytes show."""
    family = given.replace("_", "-").replace("utf8", "utf-8").replace("utf16", "utf-16")
    return family.startswith(shown) or (shown.startswith("utf-16") and family.startswith("utf-16"))


def _utf_16(head: bytes) -> str | None:
    """Return the kind of UTF-16 without a mark: every other byte of its text is mostly zero."""
    zeros = [head[side::2].count(0) for side in (0, 1)]
    for side, name in ((0, "utf-16-be"), (1, "utf-16-le")):
        if zeros[side] > len(head) // 5 and zeros[1 - side] < zeros[side] // 10 + 1:
            return name
    return None


def _has_sequences(chunk: bytes) -> bool:
    """Return whether bytes hold letters as UTF-8 writes them, among others."""
    return not chunk.decode("utf-8", errors="ignore").isascii()


def _western(chunk: bytes) -> str:
    """Return bytes as Windows writes them in Western countries, empty where they are not."""
    try:
        return chunk.decode("windows-1252")
    except UnicodeDecodeError:
        return ""
