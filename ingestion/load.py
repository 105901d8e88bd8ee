"""Loading one source: read each stream through the gate, merge it, settle it, account for it.

Each stream is a load package of its own, or several where a long read sets checkpoints: what fails
is one stream, and what was committed stays. Vendors are talked to under the source's lock only;
the warehouse lock is held while rows are merged and settled.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ingestion import gate, guard, ledger, lock, packages, warehouse
from ingestion.errors import (
    AlreadyRunningError,
    CredentialsError,
    KetteError,
    MissingRightError,
    UnreachableError,
)
from ingestion.settings import Status, secret_text, settings
from ingestion.stream import (
    Load,
    Page,
    Reader,
    SourceSettings,
    Stream,
    StreamResult,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    import duckdb
    import pyarrow as pa

    from ingestion.ledger import Package

__all__ = [
    "Load",
    "Page",
    "Reader",
    "SourceSettings",
    "Stream",
    "StreamResult",
    "prepare_warehouse",
    "run",
    "source_status",
]


def source_status(load: Load) -> Status:
    """Return whether a source is on, off (no credentials) or broken, with the reason."""
    try:
        resolved = packages.resolve(load)
    except KetteError as error:
        return Status("broken", str(error))
    given = {name for name in resolved if secret_text(resolved.get(name)).strip()}
    ways = [set(names) for names in (load.credentials, load.alternative_credentials) if names]
    if any(way <= given for way in ways):
        return Status("on")
    wanted = sorted(set().union(*ways) - given)
    names = ", ".join(packages.variable(load, name) for name in wanted)
    if not any(way & given for way in ways):
        return Status("off", f"no credentials: {names}")
    return Status("broken", f"some credentials are missing: {names}")


def prepare_warehouse(loads: Sequence[Load] | None = None) -> None:
    """Make the raw tables of every registered source, so that models build while one is off.

    What a killed load left behind is completed or taken back.
    """
    if loads is None:
        from ingestion.registry import REGISTRY

        loads = REGISTRY
    with lock.warehouse_lock(), warehouse.connect() as connection:
        warehouse.prepare(connection, loads)
    for load in loads:
        # a killed load may have left rows, and its source may be off by now
        if ledger.unfinished(load):
            with (
                suppress(AlreadyRunningError),
                lock.source_lock(load.source),
                lock.warehouse_lock(),
                warehouse.connect() as connection,
            ):
                _settle_unfinished(connection, load)


def _settle_unfinished(connection: duckdb.DuckDBPyConnection, load: Load) -> None:
    """Complete or undo the packages of a killed run; hold the source's lock meanwhile."""
    streams = {stream.name: stream for stream in load.streams}
    for package in ledger.unfinished(load):
        stream = streams.get(package.stream)
        if stream is None:
            continue
        loaded = warehouse.loaded_rows(connection, load, stream, package.load_id)
        # rows come in by one transaction: all are there, or none
        if loaded == package.expected:
            warehouse.settle(connection, load, stream, package)
            ledger.complete(load, package, loaded)
        else:
            ledger.undo(load, package)


def require_on(load: Load) -> None:
    """Refuse a source that cannot be loaded.

    Raises:
        KetteError: It is off or broken.
    """
    status = source_status(load)
    if status.state == "off":
        raise KetteError(
            f"the source is off: {status.reason}",
            where=load.source,
            fix="Set them in .env; .env.example lists them",
        )
    if status.state == "broken":
        raise KetteError(f"the source is broken: {status.reason}", where=load.source)


def run(
    load: Load,
    from_date: date | None = None,
    to_date: date | None = None,
    progress: Callable[[str], None] = lambda _text: None,
) -> list[StreamResult]:
    """Load one source.

    Args:
        load: The source.
        from_date: First day to read again; None goes on from the last load.
        to_date: Last day to read again.
        progress: Told what is being done.

    Returns:
        One result per stream.

    Raises:
        KetteError: The source is off or broken, another process loads it, or a stream failed (the
            others were loaded then).
    """
    require_on(load)
    with lock.source_lock(load.source):
        return _Run(load, (from_date, to_date), progress).streams()


class _Run:
    """One run of one source."""

    def __init__(
        self,
        load: Load,
        dates: tuple[date | None, date | None],
        progress: Callable[[str], None],
    ) -> None:
        self.load, self.dates, self.progress = load, dates, progress
        self.settings = packages.resolve(load)
        self.client: Any = load.connect(self.settings) if load.connect else None
        if self.client:
            self.client.progress = progress
        self.shared: dict[str, Any] = {}
        self.suppressed = gate.suppressed_hashes()
        self.stored: dict[str, dict[str, int]] = {}
        self._errors: dict[str, KetteError] = {}
        self._recover()

    def _recover(self) -> None:
        """Complete or undo what a killed run left, and open the pipeline as it stands."""
        load = self.load
        for left in (settings().home / "tmp").glob(f"{load.source}.*"):
            left.unlink()
        with lock.warehouse_lock():
            with warehouse.connect() as connection:
                warehouse.prepare(connection, [load])
                _settle_unfinished(connection, load)
                for stream in load.streams:
                    self.stored[stream.name] = warehouse.stored_slices(connection, load, stream)
            ledger.close_interrupted(load)
            self._pipeline = packages.open_pipeline(load)

    def streams(self) -> list[StreamResult]:
        """Load every stream; raise at the end where some failed."""
        results = []
        try:
            for stream in self.load.streams:
                self.progress(f"{self.load.source}: {stream.name}")
                results.append(self._stream(stream))
                if self._is_hopeless(stream):
                    break
        finally:
            if self.client:
                self.client.close()
        if self._errors:
            raise self._failure()
        return results

    def _stream(self, stream: Stream) -> StreamResult:
        """Load one stream, package by package."""
        remembered = packages.state(self._pipeline, self.load, stream)
        feed = _Feed(self, stream, remembered)
        rows: list[dict[str, Any]] = []
        while not feed.is_done and stream.name not in self._errors:
            package = ledger.begin(self.load, stream)
            try:
                self._package(feed, package)
            except KetteError as error:
                self._errors[stream.name] = error
                ledger.fail(self.load, package, feed.chapter, str(error))
            rows.append(ledger.row(package))
        return _result(stream, rows)

    def _package(self, feed: _Feed, package: Package) -> None:
        with guard.temporary(f"{self.load.source}.{feed.stream.name}.arrow") as spool:
            self._commit(feed, package, guard.Spool(feed.stream, spool))
        if self.load.after_load:
            self.load.after_load(package.load_id)

    def _commit(self, feed: _Feed, package: Package, spool: guard.Spool) -> None:
        """Read one package and bring it into the warehouse."""
        load, stream = self.load, feed.stream
        with packages.plain_errors(load, f"reading {stream.name}"):
            packages.extract(
                self._pipeline,
                stream,
                lambda load_id: feed.tables(package, load_id, spool),
                lambda: feed.chapter.state,
            )
        ledger.promise(load, package, feed.chapter)
        with lock.warehouse_lock():
            if stream.bulk:
                # before the memory of it: what is remembered must be there
                with warehouse.connect() as connection:
                    rows = spool.reader(package.held)
                    warehouse.write(connection, load, stream, package, rows)
            try:
                with packages.plain_errors(load, f"merging {stream.name}"):
                    packages.commit(self._pipeline)
            except KetteError:
                # what is left in dlt's folder must not be loaded with the next stream
                self._pipeline = packages.open_pipeline(load)
                raise
            with warehouse.connect() as connection:
                warehouse.settle(connection, load, stream, package)
                loaded = warehouse.loaded_rows(connection, load, stream, package.load_id)
            ledger.complete(load, package, loaded)

    def _is_hopeless(self, stream: Stream) -> bool:
        """Return whether the other streams must fail in the same way."""
        error = self._errors.get(stream.name)
        is_general = isinstance(error, CredentialsError | UnreachableError)
        is_own = isinstance(error, MissingRightError)
        return is_general and not is_own and bool(self.client) and not self.client.answered

    def _failure(self) -> KetteError:
        (name, first), *others = self._errors.items()
        if not others:
            # which address it was about, where the error knows more than source and stream
            place = first.where.removeprefix(f"{self.load.source} ")
            more = f" ({place})" if place not in {"", name, self.load.source} else ""
            where = f"{self.load.source} {name}{more}"
            return type(first)(first.what, where=where, fix=first.fix)
        return KetteError(
            f"{len(self._errors)} of {len(self.load.streams)} streams failed: "
            + "; ".join(f"{stream}: {error.what}" for stream, error in self._errors.items()),
            where=self.load.source,
            fix=first.fix,
        )


class _Feed:
    """The pages of one stream, cut into the chapters that its reader asks for."""

    def __init__(self, run: _Run, stream: Stream, remembered: dict[str, Any]) -> None:
        self.stream, self._run = stream, run
        self._stored = run.stored[stream.name]
        self._reader = Reader(
            run.settings,
            run.client,
            state=remembered,
            shared=run.shared,
            known=bool(self._stored),
            dates=run.dates,
            progress=run.progress,
            suppressions=run.suppressed,
        )
        self._pages = stream.read(self._reader)
        self._next: Page | None = None
        self._failure: KetteError | None = None
        self._listing_id: str | None = None
        self._is_empty = True
        self.is_done = False
        # the chapter of the package being written, for its counts
        self.chapter = self._reader.chapter

    def tables(self, package: Package, load_id: str, spool: guard.Spool) -> Iterator[pa.Table]:
        """Yield what of the next package dlt loads, and fill in what is to be done with it."""
        package.load_id = self._reader.load_id = load_id
        self._listing_id = self._listing_id or load_id
        self.chapter = self._reader.chapter
        client = self._run.client
        before = (client.requests, client.bytes) if client else (0, 0)
        try:
            passing = gate.Gate(self.stream, self._run.suppressed).tables(
                self._chapter_pages(), lambda: self._reader.chapter, load_id
            )
            if self.stream.bulk or (self.stream.guarded and self._stored):
                yield from self._spooled(package, passing, spool)
            else:
                for table in passing:
                    self._is_empty = False
                    yield table
                self._close_chapter()
        finally:
            if client:
                self.chapter.requests = client.requests - before[0]
                self.chapter.bytes = client.bytes - before[1]
        self._list(package)
        package.expected = self.chapter.passed
        package.covered = [name for name in self.chapter.covered if name not in package.held]

    def _chapter_pages(self) -> Iterator[Page]:
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

    def _spooled(
        self, package: Package, passing: Iterator[pa.Table], spool: guard.Spool
    ) -> Iterator[pa.Table]:
        """Yield all but the rows of slices that come back empty or clearly smaller.

        Those of a bulk stream stay in the spool.
        """
        spool.fill(passing)
        self._close_chapter()
        if self.stream.guarded and self._stored:
            self._judge(package, self.chapter.covered, spool.arrived)
        self._is_empty = self._is_empty and not spool.arrived
        if not self.stream.bulk:
            yield from spool.tables(package.held)
        # what is kept back was not let in: it counts when it comes again
        self.chapter.seen -= sum(package.held.values())

    def _list(self, package: Package) -> None:
        """Note a complete listing, unless everything seems to have gone at once."""
        if not (self.stream.lists_everything and self.is_done) or self.chapter.is_partial:
            return
        if self._is_empty:
            self._judge(package, [guard.EVERYTHING], {})
        if not package.held:
            package.listing_id = self._listing_id

    def _judge(self, package: Package, names: Iterable[str], arrived: dict[str, int]) -> None:
        held = ledger.held_before(self._run.load, self.stream)
        verdict = guard.judge(names, arrived, self._stored, held)
        package.held, package.accepted = verdict.held, verdict.accepted
        if verdict.held:
            self.chapter.notes[guard.note(verdict, self._stored)] = None


def _result(stream: Stream, rows: list[dict[str, Any]]) -> StreamResult:
    counts = ("seen", "loaded", "deduped", "quarantined", "suppressed", "requests")
    starts = [row["window_from"] for row in rows if row["window_from"]]
    ends = [row["window_to"] for row in rows if row["window_to"]]
    held = [row for row in rows if row["status"] == ledger.HELD]
    return StreamResult(
        stream.name,
        **{name: sum(row[name] for row in rows) for name in counts},
        window=f"{min(starts)} to {max(ends)}" if starts else "",
        status=(held or rows[-1:])[0]["status"],
        note="; ".join(dict.fromkeys(row["note"] for row in rows if row["note"])),
    )
