"""The feed of one stream: sends its pages through the gate and cuts them into load packages.

Data that looks like a loss is held back here, before any of it reaches the warehouse.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ingestion.errors import KetteError
from ingestion.loading import drift, gate, ledger, volume_guard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ingestion.http.client import Client
    from ingestion.loading.ledger import Package
    from ingestion.toolkit.rows import Rows
    from ingestion.toolkit.source import Load, Reader, Stream
    from ingestion.toolkit.spool import Spool


class Feed:
    """The pages of one stream, cut into the chapters that its reader asks for.

    Args:
        load: The source.
        stream: The stream that is read.
        reader: What it is read with.
        stored: Rows that its table held of each slice before this run.
        accept_loss: Whether a person says that what came smaller is true.
    """

    def __init__(
        self,
        load: Load,
        stream: Stream,
        reader: Reader,
        stored: dict[str, int],
        *,
        accept_loss: bool = False,
    ) -> None:
        self.stream, self._load = stream, load
        self._stored, self._accept_loss = stored, accept_loss
        self._reader = reader
        self._pages: Iterator[Any] = stream.read(reader)
        self._next: Any = None
        # of a bulk stream what waits to be written
        self._rows: list[Rows] = []
        self._failure: KetteError | None = None
        self._listing_id: str | None = None
        # rows of this reading so far: of a full listing what it showed
        self._listed = 0
        self.is_done = False
        # the chapter of the package being written, for its counts, and which properties it carries
        self.chapter = self._reader.chapter
        self.sample = drift.Sample()

    @property
    def had_rows(self) -> bool:
        """Return whether the table held rows before this run."""
        return bool(self._stored)

    def tables(self, package: Package, load_id: str, spool: Spool) -> Iterator[pa.Table]:
        """Yield what of the next package dlt loads, and fill in what is to be done with it."""
        package.load_id = self._reader.load_id = load_id
        self._listing_id = self._listing_id or load_id
        self.chapter = self._reader.chapter
        self.sample = drift.Sample()
        # a source without HTTP has none
        client: Client | None = self._reader.client
        before = (client.requests, client.bytes) if client else (0, 0)
        try:
            if self.stream.bulk:
                self._wait(package)
            else:
                yield from self._passing(package, spool)
        finally:
            if client:
                self.chapter.requests = client.requests - before[0]
                self.chapter.bytes = client.bytes - before[1]
        package.expected = self.chapter.passed
        self._listed += package.expected
        self._list(package)
        package.covered = [name for name in self.chapter.covered if name not in package.held]

    def incoming(self, package: Package) -> pa.RecordBatchReader | None:
        """Return the rows of a bulk stream that are let in; None where there are none."""
        if not self._rows:
            return None
        batches = (batch for table in self._stamped(package) for batch in table.to_batches())
        return pa.RecordBatchReader.from_batches(gate.arrow_schema(self.stream), batches)

    def forget(self) -> None:
        """Remove the files of a package that came to its end, however it did."""
        for rows in self._rows:
            rows.remove()
        self._rows = []

    def close(self) -> None:
        """Leave no file behind of what was read and is not written."""
        self._rows += [self._next] if self.stream.bulk and self._next is not None else []
        self.forget()

    def _stamped(self, package: Package) -> Iterator[pa.Table]:
        stamp = gate.Gate(self.stream)
        for rows in self._rows:
            for batch in rows.batches(package.held):
                # some rows are looked at while the batch before is written
                self.sample.look_into(self.stream, batch)
                yield stamp.stamped(batch, package.load_id)

    def _wait(self, package: Package) -> None:
        """Let the rows of a bulk stream wait in their files until they are asked for."""
        arrived: Counter[str] = Counter()
        for rows in self._chapter_pages():
            arrived.update(rows.arrived)
            self._rows.append(rows)
        self._close_chapter()
        self._let_in(package, arrived)

    def _passing(self, package: Package, spool: Spool) -> Iterator[pa.Table]:
        """Yield what passes the gate, but for the rows of slices that are held back."""
        passing = gate.Gate(self.stream, self._reader.suppressions).tables(
            self._chapter_pages(), lambda: self._reader.chapter, package.load_id
        )
        passing = self.sample.watch(self.stream, passing)
        if self.stream.guarded and self._stored:
            spool.fill(passing)
            self._close_chapter()
            self._let_in(package, spool.arrived)
            yield from spool.tables(package.held)
        else:
            yield from passing
            self._close_chapter()

    def _let_in(self, package: Package, arrived: dict[str, int]) -> None:
        """Hold back slices that come back empty or clearly smaller."""
        if self.stream.guarded and self._stored:
            self._judge(package, self.chapter.covered, arrived)
        # what was kept back was not let in: it counts when it comes again
        self.chapter.seen -= sum(package.held.values())

    def _chapter_pages(self) -> Iterator[Any]:
        while not self._reader.chapters:
            if self._next is not None:
                page, self._next = self._next, None
                yield page
                continue
            if self._failure:
                raise self._failure
            try:
                self._next = next(self._pages, None)
            except KetteError as error:
                # what was closed before is whole, and committed first
                self._failure = error
                continue
            if self._next is None:
                self.is_done = True
                self._reader.checkpoint()

    def _close_chapter(self) -> None:
        self.chapter = self._reader.chapters.pop(0)
        self.is_done = self.is_done and not self._reader.chapters

    def _list(self, package: Package) -> None:
        """Note a complete listing, unless much seems to have gone at once."""
        if not (self.stream.lists_everything and self.is_done) or self.chapter.is_partial:
            return
        held = ledger.held_before(self._load, self.stream)
        self._follow(
            package,
            volume_guard.judge_listing(
                self._listed,
                self._stored.get(volume_guard.EVERYTHING, 0),
                held.get(volume_guard.EVERYTHING),
                is_accepted=self._accept_loss,
            ),
        )
        if not package.held:
            package.listing_id = self._listing_id

    def _judge(self, package: Package, names: Iterable[str], arrived: dict[str, int]) -> None:
        held = ledger.held_before(self._load, self.stream)
        self._follow(
            package,
            volume_guard.judge(names, arrived, self._stored, held, is_accepted=self._accept_loss),
        )

    def _follow(self, package: Package, verdict: volume_guard.Verdict) -> None:
        package.held, package.accepted = verdict.held, verdict.accepted
        if verdict.held:
            self.chapter.notes[volume_guard.note(verdict, self._stored)] = None
