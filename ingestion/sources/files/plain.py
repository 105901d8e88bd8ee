"""Files as DuckDB reads them: unpacked and in UTF-8.

Unpacking is done here and not by DuckDB, since a gzip file that was cut short must be an error.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import shutil
import zlib
from collections import Counter
from typing import IO, TYPE_CHECKING

from ingestion.errors import KetteError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestion.sources.files.mapping import DataFile, FileMapping

CHUNK = 1 << 20
UTF_8 = ("utf-8", "utf8", "utf-8-sig")


def unpacked(mapping: FileMapping, file: DataFile, folder: Path) -> Path:
    """Return a path to the file's content, unpacked and in UTF-8; a copy goes into ``folder``.

    Raises:
        KetteError: It cannot be unpacked, or is not in the encoding that the mapping says.
    """
    is_packed = file.path.suffix.lower() == ".gz"
    is_foreign = file.format != "parquet" and mapping.encoding not in UTF_8
    if not is_packed and not is_foreign:
        return file.path
    copy = folder / "unpacked"
    where = f"{mapping.where}: {file.path.name}"
    try:
        with _opened(file.path) as content, copy.open("wb") as target:
            if is_foreign:
                for text in codecs.iterdecode(_chunks(content), mapping.encoding):
                    target.write(text.encode())
            else:
                shutil.copyfileobj(content, target, CHUNK)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise KetteError(
            "the gzip file is damaged or incomplete", where=where, fix="Copy it here again"
        ) from None
    except UnicodeError:
        raise KetteError(
            f"it is not in {mapping.encoding}",
            where=where,
            fix="Set encoding in the mapping, e.g. utf-8 or windows-1252",
        ) from None
    return copy


def _opened(path: Path) -> IO[bytes] | gzip.GzipFile:
    """Open a file for reading, unpacked."""
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")


def _chunks(content: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    while chunk := content.read(CHUNK):
        yield chunk


def csv_names(path: Path, delimiter: str) -> list[str]:
    """Return the column names of a CSV file; repeated and empty ones become tellable apart."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as content:
        header = next(csv.reader(content, delimiter=delimiter), [])
    names: list[str] = []
    seen: Counter[str] = Counter()
    for position, given in enumerate(header, 1):
        name = given.strip() or f"column_{position}"
        seen[name.lower()] += 1
        names.append(name if seen[name.lower()] == 1 else f"{name}_{seen[name.lower()]}")
    return names
