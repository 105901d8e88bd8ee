"""JSON lines to Arrow through DuckDB's parser, in whole blocks: the gate of bulk exports.

Python handles only odd lines: not JSON, a record split over several lines, NaN, NUL, stray bytes in a
name, very long numbers, more than a megabyte. A line ends only at the newline byte. Data is parsed while
the rest arrives.
"""

from __future__ import annotations

import os
import re
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from ingestion.errors import IncompleteAnswerError
from ingestion.records.casts import CASTS, MAX_RECORD_BYTES, Unfit
from ingestion.records.json_text import loads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ingestion.toolkit.source import Reader

BLOCK = 1 << 24
# more would cost memory and wait for the file
WORKERS = min(os.cpu_count() or 1, 4)
# a line without an end must not fill the memory
LONGEST_LINE = 1 << 26
# a record in more pieces than this is no record
MOST_PIECES = 8
DIGITS = 19
TERMINATED = b"terminated early"
# Mixpanel was seen to send this name with bytes behind it that do not belong there
STRAY = re.compile(rb'(?<="\$insert_id)(?:\\u[0-9a-fA-F]{4}|[^"\\\w])+(?="\s*:)')
ODD_WORDS = """
    select
        contains(line, 'NaN') or contains(line, 'Infinity') or contains(line, '\\u0000')
        or (not contains(line, '"$insert_id"') and contains(line, '"$insert_id')) as found
    from lines
"""
IS_JSON = "select json_valid(line) as found from lines"


@dataclass(frozen=True)
class _Block:
    """Some whole lines: where each starts, as text, and which are odd.

    ``endless`` is the beginning of a line after them that is too long.
    """

    text: bytes | memoryview
    starts: np.ndarray
    lines: pa.StringArray
    odd: np.ndarray
    is_last: bool
    endless: bytes


@dataclass
class _Parsed:
    """What became of a block; ``left`` may belong to the first line of the next one."""

    table: pa.Table | None = None
    left: bytes = b""
    # lines that are JSON objects, sound or not, and lines that are none
    good: int = 0
    records: int = 0
    rubbish: int = 0
    cleaned: int = 0
    rejects: list[tuple[bytes, str]] = field(default_factory=list)


class Lines:
    """Reads JSON lines as they arrive.

    Args:
        pieces: The body.
        select: SQL over ``lines(line)``; it sees only JSON.
        reader: Is told of what was seen, cleaned and rejected.
        frames: What the select reads beside the lines.
    """

    def __init__(
        self,
        pieces: Iterable[bytes],
        select: str,
        reader: Reader,
        frames: Mapping[str, pa.Table] | None = None,
    ) -> None:
        self._pieces, self._select, self._reader = pieces, select, reader
        self._frames = frames or {}
        self._idle: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()

    def tables(self) -> Iterator[pa.Table]:
        """Yield the result of the select, block by block.

        Raises:
            IncompleteAnswerError: It stops in the middle, or the vendor says that it does.
        """
        records = rubbish = 0
        with ExitStack() as stack:
            # one block for each core: that keeps them busier than DuckDB's own threads on one block
            for _ in range(WORKERS):
                self._idle.put(stack.enter_context(closing(self._connect())))
            pool = stack.enter_context(ThreadPoolExecutor(WORKERS))
            for parsed in self._in_order(pool):
                records, rubbish = records + parsed.records, rubbish + parsed.rubbish
                self._reader.seen(parsed.good)
                self._reader.cleaned(parsed.cleaned)
                for record, reason in parsed.rejects:
                    self._reader.reject(record, reason)
                if parsed.table is not None:
                    yield parsed.table
        if rubbish and not records:
            raise IncompleteAnswerError("the export is some text without a record")

    def _connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        connection.execute("set threads = 1; set TimeZone = 'UTC'")
        for name, frame in self._frames.items():
            connection.register(name, frame)
        return connection

    def _in_order(self, pool: ThreadPoolExecutor) -> Iterator[_Parsed]:
        """Yield what became of each block; some are parsed while the next one arrives."""
        waiting: deque[tuple[_Block, Future[_Parsed]]] = deque()
        blocks = _blocks(self._pieces)
        while (block := next(blocks, None)) is not None or waiting:
            if block is not None:
                waiting.append((block, pool.submit(self._parsed, block)))
                if len(waiting) <= WORKERS:
                    continue
            parsed = waiting.popleft()[1].result()
            yield parsed
            if parsed.left:
                # the next block was parsed without it, which does not count
                after, _ = waiting.popleft()
                joined = _split(
                    parsed.left + bytes(after.text), is_last=after.is_last, endless=after.endless
                )
                waiting.appendleft((joined, pool.submit(self._parsed, joined)))

    def _parsed(self, block: _Block) -> _Parsed:
        """Parse a block; what it does to the counts is done when its turn comes."""
        connection = self._idle.get()
        try:
            return self._judged(connection, block)
        finally:
            self._idle.put(connection)

    def _judged(self, connection: duckdb.DuckDBPyConnection, block: _Block) -> _Parsed:
        found = _Parsed()
        if block.endless:
            found.rejects.append((block.endless, "larger than 1 MB"))
        starts, lines, odd = block.starts, block.lines, block.odd
        odd |= _ask(connection, ODD_WORDS, lines)
        whole = self._try(connection, lines.filter(pa.array(~odd)) if odd.any() else lines)
        if whole is None:
            odd |= ~_ask(connection, IS_JSON, lines)
            whole = self._try(connection, lines.filter(pa.array(~odd)))
        mended: list[str] = []
        for run in _runs(np.flatnonzero(odd)):
            pieces = [bytes(block.text[starts[number] : starts[number + 1]]) for number in run]
            if any(piece.strip() == TERMINATED for piece in pieces):
                raise IncompleteAnswerError("the export says that it ended early")
            if not block.is_last and run[-1] == len(odd) - 1 and len(run) < MOST_PIECES:
                found.left = b"".join(pieces)
            else:
                mended.extend(_mended(pieces, found))
        found.good = int(len(odd) - odd.sum()) + len(mended)
        found.records += found.good
        parts = [whole, self._try(connection, pa.array(mended, pa.string())) if mended else None]
        tables = [part for part in parts if part is not None]
        found.table = pa.concat_tables(tables) if tables else None
        return found

    def _try(self, connection: duckdb.DuckDBPyConnection, lines: pa.StringArray) -> pa.Table | None:
        """Return the select's result for these lines, or None where one is no JSON."""
        try:
            return _run(connection, self._select, lines)
        except duckdb.InvalidInputException:
            return None


def _ask(connection: duckdb.DuckDBPyConnection, question: str, lines: pa.StringArray) -> np.ndarray:
    """Return the answer to a question for each line."""
    found: np.ndarray = _run(connection, question, lines).column("found").to_numpy()
    return found


def _run(connection: duckdb.DuckDBPyConnection, query: str, lines: pa.StringArray) -> pa.Table:
    connection.register("lines", pa.table({"line": lines}))
    try:
        return connection.execute(query).to_arrow_table()
    finally:
        connection.unregister("lines")


def _mended(pieces: list[bytes], found: _Parsed) -> Iterator[str]:
    """Yield the records in a run of odd lines; a record may be split over several."""
    at = 0
    while at < len(pieces):
        for end in range(at + 1, min(len(pieces), at + MOST_PIECES) + 1):
            joined = b"".join(piece.rstrip(b"\n") for piece in pieces[at:end])
            try:
                text, cleaned = repaired(joined)
            except NotJsonError:
                continue
            except Unfit as unfit:
                found.records += 1
                found.rejects.append((joined, str(unfit)))
            else:
                found.cleaned += cleaned
                yield text
            at = end
            break
        else:
            if pieces[at].strip():
                found.rubbish += 1
                found.rejects.append((pieces[at].rstrip(b"\n"), "not JSON"))
            at += 1


def _refuse_half(line: bytes) -> None:
    """Refuse a body whose last line has no end and is half a record."""
    if line.startswith(b"{"):
        try:
            repaired(line)
        except NotJsonError:
            raise IncompleteAnswerError("the export ends in the middle of a record") from None
        except Unfit:
            return


class NotJsonError(Exception):
    """Bytes that are no JSON object, or only a piece of one."""


def repaired(line: bytes) -> tuple[str, int]:
    """Return an odd line as clean JSON text, and how many values were mended.

    Raises:
        NotJsonError: It is no JSON object.
        Unfit: It is one that cannot be loaded.
    """
    if len(line) > MAX_RECORD_BYTES:
        raise Unfit("larger than 1 MB")
    line, stray = STRAY.subn(b"", line)
    try:
        text = line.decode()
    except UnicodeDecodeError:
        if line.startswith(b"{") and line.rstrip().endswith(b"}"):
            raise Unfit("not UTF-8") from None
        raise NotJsonError from None
    try:
        # control characters inside a text are accepted and written as escapes
        value = loads(text, strict=False)
    except ValueError:
        raise NotJsonError from None
    except RecursionError:
        raise Unfit("nested too deeply") from None
    if not isinstance(value, dict):
        raise NotJsonError
    clean, cleaned = CASTS["json"](value)
    return clean, cleaned + stray


def _blocks(pieces: Iterable[bytes]) -> Iterator[_Block]:
    """Yield a body in blocks of whole lines; the last, which may be empty, says that it is."""
    pieces, waiting, wanted = iter(pieces), list[bytes](), BLOCK
    for piece in pieces:
        waiting.append(piece)
        if sum(map(len, waiting)) < wanted:
            continue
        text = b"".join(waiting)
        end = text.rfind(b"\n") + 1
        waiting, wanted = [text[end:]], BLOCK
        if end:
            yield _split(memoryview(text)[:end])
        elif len(text) <= LONGEST_LINE:
            wanted = 2 * len(text)
        else:
            yield _split(b"", endless=text[:MAX_RECORD_BYTES])
            waiting = [_after_line(pieces)]
    yield _split(_ended(b"".join(waiting)), is_last=True)


def _ended(text: bytes) -> bytes:
    """Return the last lines of a body with an end of line.

    Raises:
        IncompleteAnswerError: They end in the middle of a record.
    """
    if not text or text.endswith(b"\n"):
        return text
    _refuse_half(text[text.rfind(b"\n") + 1 :])
    return text + b"\n"


def _after_line(pieces: Iterable[bytes]) -> bytes:
    """Return what comes in a piece after the end of a line, leaving out what comes before."""
    for piece in pieces:
        found = piece.find(b"\n")
        if found >= 0:
            return piece[found + 1 :]
    return b""


def _split(block: bytes | memoryview, *, is_last: bool = False, endless: bytes = b"") -> _Block:
    """Find where each line starts and which are odd; no line is copied."""
    data = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(data == ord("\n"))
    starts = np.zeros(len(ends) + 1, dtype=np.int32)
    starts[1:] = ends + 1
    lines = pa.StringArray.from_buffers(len(ends), pa.py_buffer(starts), pa.py_buffer(block))
    lengths = np.diff(starts)
    odd = (lengths > MAX_RECORD_BYTES) | (lengths < len("{}\n"))
    odd |= _has_long_number(data, starts)
    try:
        lines.validate(full=True)
    except pa.ArrowInvalid:
        odd |= ~_is_utf8(block, starts)
        lines = pa.StringArray.from_buffers(
            len(ends), pa.py_buffer(starts), pa.py_buffer(_blanked(block, starts, odd))
        )
    return _Block(block, starts, lines, odd, is_last, endless)


def _is_utf8(block: bytes | memoryview, starts: np.ndarray) -> np.ndarray:
    good = np.ones(len(starts) - 1, dtype=bool)
    for number in range(len(good)):
        try:
            bytes(block[starts[number] : starts[number + 1]]).decode()
        except UnicodeDecodeError:
            good[number] = False
    return good


def _blanked(block: bytes | memoryview, starts: np.ndarray, odd: np.ndarray) -> bytes:
    """Return the block with its odd lines blank, so that every line is text."""
    copy = bytearray(block)
    for number in np.flatnonzero(odd):
        begin, end = starts[number], starts[number + 1]
        copy[begin:end] = b" " * (end - begin)
    return bytes(copy)


def _has_long_number(data: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return which lines hold 19 digits in a row: perhaps a number of more than 63 bits.

    A run of 19 digits shows at two neighbours of every ninth byte; only around those is looked.
    """
    found = np.zeros(len(starts) - 1, dtype=bool)
    step = DIGITS // 2
    sample = _is_digit(data[::step])
    at = np.flatnonzero(sample[:-1] & sample[1:]) * step
    for offset in range(1, step):
        at = at[_is_digit(data[at + offset])]
    length = np.full(len(at), step + 1)
    for direction, first in ((-1, 0), (1, step)):
        alive = np.ones(len(at), dtype=bool)
        for offset in range(1, step + 1):
            place = at + first + direction * offset
            inside = (place >= 0) & (place < len(data))
            alive &= inside & _is_digit(data[np.clip(place, 0, len(data) - 1)])
            length += alive
    hits = at[length >= DIGITS]
    found[np.searchsorted(starts, hits, side="right") - 1] = True
    return found


def _is_digit(data: np.ndarray) -> np.ndarray:
    return (data - np.uint8(ord("0"))) <= 9  # noqa: PLR2004 - digits; lower bytes wrap around


def _runs(numbers: np.ndarray) -> list[np.ndarray]:
    """Cut ascending numbers into runs without a gap."""
    if not len(numbers):
        return []
    return np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
