"""Rows of a bulk stream: in an Arrow file, with the columns that distinguish them in memory."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ingestion.toolkit.spool import mapped

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

# rows handed on at a time: what DuckDB keeps together
BATCH_ROWS = 122_880
# among the keys of a row the day that it belongs to
DAY = "day"


class Rows:
    """Rows of a bulk stream, in an Arrow file that is gone when they are removed or forgotten.

    Args:
        path: The file.
        keys: Of each row what tells it apart, and its day (``DAY``).
    """

    def __init__(self, path: Path, keys: np.ndarray) -> None:
        self.keys = keys
        # which rows stay: a reader that finds repeats says so here
        self.kept = np.ones(len(keys), dtype=bool)
        # changes a batch, given the numbers of its rows
        self.edit: Callable[[pa.RecordBatch, np.ndarray], pa.RecordBatch] | None = None
        self._path = path
        self._finalizer = weakref.finalize(self, path.unlink, missing_ok=True)

    def remove(self) -> None:
        """Remove the file."""
        self._finalizer()

    @property
    def arrived(self) -> dict[str, int]:
        """Return how many rows stay of each day."""
        days, counts = np.unique(self.keys[DAY][self.kept], return_counts=True)
        return dict(zip(days.astype(str).tolist(), counts.tolist(), strict=True))

    def batches(self, held: Collection[str] = ()) -> Iterator[pa.RecordBatch]:
        """Yield the rows that stay, but for those of the days that are held back."""
        stay = self.kept
        if held:
            stay = stay & ~np.isin(self.keys[DAY], np.array(list(held), dtype="M8[D]"))
        at = 0
        for batch in mapped(self._path):
            mask = stay[at : at + batch.num_rows]
            numbers = at + np.flatnonzero(mask)
            at += batch.num_rows
            some = batch if mask.all() else batch.filter(pa.array(mask))
            if some.num_rows:
                yield self.edit(some, numbers) if self.edit else some
