"""Holding back what looks like a loss: a day or a listing that comes back empty or clearly smaller.

The rows of days wait on disk while they are counted. A day that shrank is left as it is stored,
and of a listing that shrank nothing counts as gone, until a second complete answer agrees or a
person accepts the loss.
"""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ingestion.stream import Stream

# what may vanish unnoticed: vendors remove duplicates and single erased persons
SHARE, HANDFUL = 0.01, 5
# what may be missing from a full listing: people archive and delete, but not a fifth in a day
LISTING_SHARE = 0.2
EVERYTHING = "*"


@dataclass
class Verdict:
    """Which slices are held back (with the rows that came), and which are taken."""

    held: dict[str, int] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)


def judge(
    names: Iterable[str],
    arrived: Mapping[str, int],
    stored: Mapping[str, int],
    held_before: Mapping[str, int],
    *,
    is_accepted: bool = False,
) -> Verdict:
    """Decide which of the completely read slices may replace what is stored.

    Args:
        names: The slices.
        arrived: Rows that came for each.
        stored: Rows that are stored of each.
        held_before: Rows of those that were held back before.
        is_accepted: Whether a person says that a loss is true.
    """
    verdict = Verdict()
    for name in names:
        came, had = arrived.get(name, 0), stored.get(name, 0)
        shrank = _shrank(came, had, SHARE)
        if shrank and not is_accepted and held_before.get(name) != came:
            verdict.held[name] = came
        else:
            verdict.accepted.append(name)
    return verdict


def _shrank(came: int, had: int, share: float) -> bool:
    return had > 0 and (came == 0 or (had - came > HANDFUL and came < had * (1 - share)))


def judge_listing(came: int, had: int, held_before: int | None, *, is_accepted: bool) -> Verdict:
    """Decide whether a complete listing may say what is gone.

    Args:
        came: Rows the listing showed.
        had: Rows that were not gone before it.
        held_before: Rows of the listing before, where that was held back.
        is_accepted: Whether a person says that the loss is true.
    """
    shrank = _shrank(came, had, LISTING_SHARE)
    # between two listings a few come and go: they agree when neither looks like a loss of the other
    agrees = held_before is not None and (
        min(came, held_before) >= max(came, held_before) * (1 - LISTING_SHARE)
    )
    if shrank and not agrees and not is_accepted:
        return Verdict(held={EVERYTHING: came})
    return Verdict(accepted=[EVERYTHING])


def note(verdict: Verdict, stored: Mapping[str, int]) -> str:
    """Return the remark for the ledger."""
    shown = [
        f"{'the listing' if name == EVERYTHING else name}: {came} rows came, {stored[name]} are stored"
        for name, came in sorted(verdict.held.items())[:3]
    ]
    more = len(verdict.held) - len(shown)
    return f"held back {', '.join(shown)}" + (f" and {more} more" if more > 0 else "")


class Spool:
    """Arrow tables on disk, counted by slice."""

    def __init__(self, stream: Stream, path: Path) -> None:
        self._stream, self._path = stream, path
        self.arrived: dict[str, int] = {}

    def fill(self, tables: Iterable[pa.Table]) -> None:
        """Take everything in."""
        writer: pa.RecordBatchFileWriter | None = None
        written: Future[None] | None = None
        # written while the next table is read
        with pa.OSFile(str(self._path), "wb") as file, ThreadPoolExecutor(1) as behind:
            for table in tables:
                writer = writer or pa.ipc.new_file(file, table.schema)
                if written:
                    written.result()
                written = behind.submit(writer.write_table, table)
                for pair in pc.value_counts(self._slices(table)).to_pylist():
                    name = pair["values"]
                    self.arrived[name] = self.arrived.get(name, 0) + pair["counts"]
            if writer and written:
                written.result()
                writer.close()

    def _slices(self, table: pa.Table) -> pa.ChunkedArray:
        return table.column(self._stream.replace_by).cast(pa.string())

    def tables(self, held: Mapping[str, int]) -> Iterator[pa.Table]:
        """Give back everything but the rows of slices that are held back."""
        if not self.arrived:
            return
        for batch in mapped(self._path):
            table = pa.Table.from_batches([batch])
            if held:
                kept = pc.invert(pc.is_in(self._slices(table), pa.array(list(held))))
                table = table.filter(kept)
            if table.num_rows:
                yield table


def mapped(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield the batches of an Arrow file, each in a mapping of its own.

    Nothing is copied, and the memory of a batch is free as soon as the batch is.
    """
    for number in range(_file(path).num_record_batches):
        yield _file(path).get_batch(number)


def _file(path: Path) -> pa.RecordBatchFileReader:
    return pa.ipc.open_file(pa.memory_map(str(path)))


@contextmanager
def temporary(name: str) -> Iterator[Path]:
    """Give the path of a file that is gone afterwards."""
    path = _folder() / name
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def scratch(name: str) -> Path:
    """Return a new file that whoever asks for it removes; at the latest the source's next run does.

    Args:
        name: What it is for: the source, a dot, and more.
    """
    handle, path = tempfile.mkstemp(prefix=f"{name}.", dir=_folder())
    os.close(handle)
    return Path(path)


def _folder() -> Path:
    folder = settings().home / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
