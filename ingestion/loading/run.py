"""Loads one source: reads each stream through the gate, merges it and accounts for it.

Each stream is one load package, or several if a long read sets checkpoints. So a failure affects one
stream only, and committed data stays. Only the source's lock is held while vendors are asked; the
warehouse lock is held while rows are merged.
"""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ingestion import hiding
from ingestion.control import locks, outcomes, suppression
from ingestion.errors import (
    AlreadyRunningError,
    CredentialsError,
    KetteError,
    MissingRightError,
    UnreachableError,
)
from ingestion.loading import dlt_package, drift, holdings, ledger, warehouse
from ingestion.loading.feed import Feed
from ingestion.settings import Status, secret_text, settings
from ingestion.toolkit import spool
from ingestion.toolkit.source import Load, Reader, Stream, StreamResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    import duckdb

    from ingestion.loading.ledger import Package


def source_status(load: Load) -> Status:
    """Return whether a source is on, off (no credentials) or broken, with the reason.

    Of one that is on the reason says what is wrong with a part of it.
    """
    try:
        resolved = dlt_package.resolve(load)
    except KetteError as error:
        return Status("broken", str(error))
    given = {name for name in resolved if secret_text(resolved.get(name)).strip()}
    ways = [set(names) for names in (load.credentials, load.alternative_credentials) if names]
    whole = [way for way in ways if way <= given]
    # of a way that was begun beside one that is whole, the rest is missing: a key without its
    # address. What is no secret, such as an account's number, begins nothing
    rest = (dlt_package.secret_fields(resolved) & given) - set().union(*whole)
    begun = [way for way in ways if way & rest]
    if whole and not begun:
        return Status("on", "; ".join(resolved.troubles()))
    wanted = sorted(set().union(*(begun or ways)) - given)
    names = ", ".join(dlt_package.variable(load, name) for name in wanted)
    if not any(way & given for way in ways):
        return Status("off", f"no credentials: {names}")
    return Status("broken", f"some credentials are missing: {names}")


def prepare_warehouse(loads: Sequence[Load] | None = None) -> None:
    """Make the raw tables of every registered source, so that models build while one is off.

    What a killed load left behind is completed or taken back, and the control store is brought in
    line with what the warehouse holds.
    """
    if loads is None:
        from ingestion.registry import REGISTRY

        loads = REGISTRY
    with locks.warehouse_lock(), warehouse.connect() as connection:
        warehouse.prepare(connection, loads)
        for load in loads:
            holdings.reconcile(connection, load)
    for load in loads:
        # a killed load may have left rows, and its source may be off by now
        if ledger.unfinished(load):
            with (
                suppress(AlreadyRunningError),
                locks.source_lock(load.source),
                locks.warehouse_lock(),
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
        if holdings.is_settled(connection, load, package):
            # the promise is older than the warehouse: what came since must not be trimmed by it
            ledger.complete(load, package, package.expected)
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


def check_dates(load: Load, from_date: date | None, to_date: date | None) -> None:
    """Refuse days of which nothing can be loaded, since a load of nothing looks like one that worked.

    Raises:
        KetteError: The span is empty, open at its beginning, or lies ahead or before any record.
    """
    now = settings()
    where = f"load {load.source}"
    if from_date is None:
        if to_date is not None:
            raise KetteError(
                "--to alone says no first day", where=where, fix="Add --from YYYY-MM-DD"
            )
        return
    if to_date is not None and to_date < from_date:
        raise KetteError(
            f"--from {from_date} lies after --to {to_date}",
            where=where,
            fix=f"Write --from {to_date} --to {from_date} for the days between",
        )
    # a day begins up to half a day earlier in the farthest zone
    if from_date > now.today() + timedelta(days=1):
        raise KetteError(
            f"--from {from_date} lies ahead: there is nothing to load yet",
            where=where,
            fix=f"Write a day up to {now.today()}",
        )
    if from_date < now.earliest:
        raise KetteError(
            f"--from {from_date} lies before {now.earliest}",
            where=where,
            fix="Write a later day, or set KETTE_EARLIEST if there are records so old",
        )


def run(
    load: Load,
    from_date: date | None = None,
    to_date: date | None = None,
    progress: Callable[[str], None] = lambda _text: None,
    *,
    accept_loss: bool = False,
    wait_seconds: float = locks.GLANCE_SECONDS,
) -> list[StreamResult]:
    """Load one source.

    Args:
        load: The source.
        from_date: First day to read again; None goes on from the last load.
        to_date: Last day to read again.
        progress: Told what is being done.
        accept_loss: Whether what comes back empty or clearly smaller is taken as it is.
        wait_seconds: How long another process that loads it is waited for.

    Returns:
        One result per stream.

    Raises:
        KetteError: The source is off or broken, another process loads it, or a stream failed (the
            others were loaded then).
    """
    check_dates(load, from_date, to_date)
    require_on(load)
    with hiding.scrubbed(), locks.source_lock(load.source, wait_seconds):
        return Run(load, (from_date, to_date), progress, accept_loss=accept_loss).streams()


class Run:
    """One run of one source; hold the source's lock meanwhile."""

    def __init__(
        self,
        load: Load,
        dates: tuple[date | None, date | None],
        progress: Callable[[str], None],
        *,
        accept_loss: bool = False,
        is_aside: bool = False,
    ) -> None:
        self.load, self.dates, self.progress = load, dates, progress
        self.accept_loss = accept_loss
        # what is read beside the streams' memory neither follows nor moves it
        self.is_aside = is_aside or dates != (None, None)
        self.settings = dlt_package.resolve(load)
        self.client: Any = load.connect(self.settings) if load.connect else None
        if self.client:
            self.client.progress = progress
        self.shared: dict[str, Any] = {}
        self.suppressed = suppression.suppressed_hashes()
        self.stored: dict[str, dict[str, int]] = {}
        # streams of which the warehouse lost what going on from their memory does not bring back
        self.afresh: set[str] = set()
        self._errors: dict[str, KetteError] = {}
        self._recover()

    def _recover(self) -> None:
        """Complete or undo what a killed run left, and open the pipeline as it stands."""
        load = self.load
        for left in (settings().home / "tmp").glob(f"{load.source}.*"):
            left.unlink()
        # open for as long as dlt opens it again and again, so that each time costs nothing
        with locks.warehouse_lock(), warehouse.connect() as connection:
            warehouse.prepare(connection, [load])
            if holdings.reconcile(connection, load).lost:
                self.progress(f"{load.source}: reading again what the warehouse no longer holds")
            _settle_unfinished(connection, load)
            if not self.is_aside:
                self.afresh = {row["stream"] for row in ledger.lost(load.source) if row["is_aside"]}
            for stream in load.streams:
                self.stored[stream.name] = warehouse.stored_slices(connection, load, stream)
            ledger.close_interrupted(load)
            self._pipeline = dlt_package.open_pipeline(load)

    def streams(self) -> list[StreamResult]:
        """Load every stream; raise at the end where some failed."""
        results = []
        try:
            for stream in self.load.streams:
                self.progress(f"{self.load.source}: {stream.name}")
                results.append(self.stream(stream))
                if self._is_hopeless(stream):
                    break
        finally:
            if self.client:
                self.client.close()
        self.raise_errors()
        return results

    def raise_errors(self) -> None:
        """Raise what went wrong with the streams so far."""
        if self._errors:
            raise self._failure()

    def stream(self, stream: Stream) -> StreamResult:
        """Load one stream, package by package."""
        is_afresh = stream.name in self.afresh
        remembered = {} if is_afresh else dlt_package.state(self._pipeline, self.load, stream)
        reader = Reader(
            self.settings,
            self.client,
            state=remembered,
            shared=self.shared,
            known=bool(self.stored[stream.name]) and not is_afresh,
            dates=self.dates,
            progress=self.progress,
            suppressions=self.suppressed,
        )
        feed = Feed(
            self.load, stream, reader, self.stored[stream.name], accept_loss=self.accept_loss
        )
        rows: list[dict[str, Any]] = []
        with closing(feed):
            while not feed.is_done and stream.name not in self._errors:
                package = ledger.begin(self.load, stream, is_aside=self.is_aside)
                try:
                    self._package(feed, package)
                except KetteError as error:
                    self._errors[stream.name] = error
                    ledger.fail(self.load, package, feed.chapter, str(error))
                rows.append(ledger.row(package))
        return _result(stream, rows)

    def _package(self, feed: Feed, package: Package) -> None:
        with spool.temporary(f"{self.load.source}.{feed.stream.name}.arrow") as path:
            try:
                self._commit(feed, package, spool.Spool(feed.stream.replace_by or "", path))
            finally:
                feed.forget()
        drift.note(
            self.load,
            feed.stream,
            package.load_id,
            feed.sample,
            feed.chapter,
            is_first=not feed.had_rows,
        )
        if self.load.after_load:
            self.load.after_load(package.load_id)

    def _commit(self, feed: Feed, package: Package, rows: spool.Spool) -> None:
        """Read one package and bring it into the warehouse."""
        load, stream = self.load, feed.stream
        with dlt_package.plain_errors(load, f"reading {stream.name}"):
            dlt_package.extract(
                self._pipeline,
                stream,
                lambda load_id: feed.tables(package, load_id, rows),
                lambda: feed.chapter.state,
            )
        ledger.promise(load, package, feed.chapter)
        # open for as long as dlt opens it again and again, so that each time costs nothing
        with locks.warehouse_lock(), warehouse.connect() as connection:
            if stream.bulk:
                # before the memory of it: what is remembered must be there
                warehouse.write(connection, load, stream, package, feed.incoming(package))
            try:
                with dlt_package.plain_errors(load, f"merging {stream.name}"):
                    dlt_package.commit(self._pipeline)
            except KetteError:
                # what is left in dlt's folder must not be loaded with the next stream
                self._pipeline = dlt_package.open_pipeline(load)
                raise
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


def _result(stream: Stream, rows: list[dict[str, Any]]) -> StreamResult:
    counts = ("seen", "loaded", *outcomes.LEFT_OUT, "requests")
    starts = [row["window_from"] for row in rows if row["window_from"]]
    ends = [row["window_to"] for row in rows if row["window_to"]]
    held = [row for row in rows if row["status"] == outcomes.HELD]
    return StreamResult(
        stream.name,
        **{name: sum(row[name] for row in rows) for name in counts},
        window=f"{min(starts)} to {max(ends)}" if starts else "",
        status=(held or rows[-1:])[0]["status"],
        note="; ".join(dict.fromkeys(row["note"] for row in rows if row["note"])),
    )
