"""Shards as JSON lines, however they were exported: packed or plain, Parquet, Avro's JSON encoding.

BigQuery writes whole numbers as text, Parquet as numbers, and Avro's JSON encoding adds the type to
each nullable value: ``{"long": 5}``. The output uses BigQuery's form, so that an event is the same in
each. This module rejects no line.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

import duckdb

from ingestion.errors import IncompleteAnswerError
from ingestion.records.json_text import loads
from ingestion.toolkit.spool import temporary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ingestion.sources.ga4.shards import Shard

WHOLE_NUMBERS = {"long", "int"}
AVRO_TYPES = WHOLE_NUMBERS | {"string", "double", "float", "boolean", "bytes", "array", "map"}
HEAD = 1 << 16
# as part of a column's type, also within structures
BIGINT = re.compile(r"\bBIGINT\b")


def write_lines(shards: Iterable[Shard], target: Path) -> None:
    """Write the lines of some shards to a file.

    Raises:
        IncompleteAnswerError: A file ends in the middle: it is still being copied, or damaged.
    """
    with target.open("wb") as out:
        for shard in shards:
            for path in shard.files:
                _append(path, out)


def _append(path: Path, out: BinaryIO) -> None:
    try:
        if path.suffix == ".parquet":
            with temporary("ga4.parquet.jsonl") as plain:
                _unpack_parquet(path, plain)
                _append_plain(plain, out)
        elif path.suffix == ".gz":
            with gzip.open(path) as packed:
                _copy(packed, out)
        else:
            _append_plain(path, out)
    except (EOFError, zlib.error, gzip.BadGzipFile, duckdb.IOException, _HalfError) as error:
        raise IncompleteAnswerError(
            "the file ends in the middle or is damaged",
            where=f"ga4 events: {path.name}",
            fix="Copy it again, whole; what was loaded stays",
        ) from error
    except duckdb.InvalidInputException as error:
        raise IncompleteAnswerError(
            "it is no whole Parquet file",
            where=f"ga4 events: {path.name}",
            fix="Copy it again, whole; what was loaded stays",
        ) from error


def _append_plain(path: Path, out: BinaryIO) -> None:
    with path.open("rb") as lines:
        _copy(lines, out)


class _HalfError(Exception):
    """The last line of a file is half a record."""


def _copy(lines: Any, out: BinaryIO) -> None:
    """Copy lines; those in Avro's encoding are put into plain JSON."""
    head = lines.read(HEAD)
    lines.seek(0)
    last = b""
    if _is_avro(head):
        for last in lines:
            out.write(_plain(last))
    else:
        begin = out.tell()
        shutil.copyfileobj(lines, out, 1 << 20)
        if out.tell() > begin:
            last = _last_line(out)
    if last and not last.endswith(b"\n"):
        if not _is_json(last):
            raise _HalfError
        out.write(b"\n")


def _last_line(out: BinaryIO) -> bytes:
    """Return the end of what was written: the last line, where it has no end."""
    size = out.tell()
    with open(out.name, "rb") as written:  # noqa: PTH123 - the same file, for reading
        out.flush()
        written.seek(max(size - (1 << 20), 0))
        text = written.read()
    return text if text.endswith(b"\n") else text[text.rfind(b"\n") + 1 :]


def _is_json(line: bytes) -> bool:
    try:
        loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _is_avro(head: bytes) -> bool:
    first = head.split(b"\n", 1)[0]
    return b'{"string":' in first.replace(b" ", b"")


def _plain(line: bytes) -> bytes:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        # the gate says what is wrong with it
        return line
    text = json.dumps(_unwrapped(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass") + b"\n"


def _unwrapped(value: Any) -> Any:
    """Return a value without the names of its types."""
    if isinstance(value, list):
        return [_unwrapped(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((name, inner),) = value.items()
        # a record's own name has a namespace in front
        if name in WHOLE_NUMBERS and isinstance(inner, int):
            return str(inner)
        if name in AVRO_TYPES or ("." in name and isinstance(inner, dict)):
            return _unwrapped(inner)
    return {name: _unwrapped(item) for name, item in value.items()}


def _unpack_parquet(path: Path, plain: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        table = f"read_parquet({_literal(path)})"
        described = connection.execute(f"describe from {table}").fetchall()
        columns = ", ".join(
            f"cast({quoted} as {BIGINT.sub('varchar', kind)}) as {quoted}"
            for name, kind, *_ in described
            for quoted in ('"' + name.replace('"', '""') + '"',)
        )
        connection.execute(
            f"copy (select {columns} from {table}) to {_literal(plain)} (format json)"  # noqa: S608
        )


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
