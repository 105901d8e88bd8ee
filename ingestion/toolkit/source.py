"""What a source is made of: `Load`, its `Stream`s, and the `Reader` each stream reads with.

A source module declares these and nothing else; `ingestion/loading/run.py` runs them. A stream's `read`
is a generator of pages. It knows no dlt, no warehouse and no retry: it asks the client, shapes rows
and yields them.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from dlt.common.configuration.specs import BaseConfiguration, configspec

from ingestion.control import outcomes
from ingestion.control.suppression import mentions_in_bytes
from ingestion.records.json_text import kept
from ingestion.records.rejects import RAW, Reject, Rejects
from ingestion.settings import settings as environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date, datetime, timedelta

    import pyarrow as pa

    from ingestion.http.client import Client
    from ingestion.toolkit.rows import Rows

# rows in the shape of Stream.columns. JSON columns: Python objects in lists of dictionaries, JSON
# text in Arrow. Timestamps: datetimes with a zone.
Page: TypeAlias = "list[dict[str, Any]] | pa.Table | pa.RecordBatch"


# of a record that is larger than any may be the beginning is kept
MAX_KEPT_BYTES = 1_000_000


@configspec
class SourceSettings(BaseConfiguration):
    """Base of each source's settings; dlt resolves the fields (SOURCES__<SOURCE>__<FIELD>)."""

    def check(self) -> None:
        """Refuse values of the wrong form with a KetteError that names the variable."""

    def troubles(self) -> list[str]:
        """Return what turns off a part of the source while the rest is loaded, in sentences."""
        return []


@dataclass(frozen=True)
class Stream:
    """One raw table.

    Args:
        name: Name of the table: the API's noun, snake_case plural.
        primary_key: Columns that tell rows apart.
        columns: Type of each column: text, bigint, double, bool, timestamp, date, decimal (18,4)
            or json.
        description: What a row is.
        read: Yields the pages; of a bulk stream ``Rows``.
        required: What a record means nothing without, beside its key: columns, and places of a document
            as ``payload/type``; of places with a bar between them one. A record that lacks it is
            quarantined.
        newest_by: Of several versions of a key in one load, the one with the highest value of this
            column wins; without it the last one read.
        replace_by: Column that names the slice a row belongs to (day, month, file). A slice that
            was read completely (``Reader.covered``) replaces what is stored of it.
        guarded: Whether a slice that comes back empty or clearly smaller than what is stored is
            held back until a second complete answer agrees.
        lists_everything: Whether a complete read is a full listing: what it does not show is gone.
        bulk: Whether the rows come as ``rows.Rows`` in which no key is there twice, and replace
            whole days: they go past dlt straight into the table, in one transaction with the removal
            of what they replace. That costs the same however much is stored. Needs ``replace_by``.
        planned: Time columns that hold what is planned, or was long before: they may lie outside of
            the window of what happened (``ingestion/records/window.py``).
        reread: Makes rows of a record that ``read`` itself had refused, for a replay of the
            quarantine; None where no row can be made of what was sent alone.
    """

    name: str
    primary_key: tuple[str, ...]
    columns: Mapping[str, str]
    description: str
    read: Callable[[Reader], Iterator[Page] | Iterator[Rows]]
    required: tuple[str, ...] = ()
    newest_by: str | None = None
    replace_by: str | None = None
    guarded: bool = False
    lists_everything: bool = False
    bulk: bool = False
    planned: tuple[str, ...] = ()
    reread: Callable[[Reader, Kept], Iterator[Page]] | None = None

    def __post_init__(self) -> None:
        """Refuse a declaration that cannot be carried out."""
        if self.bulk and not self.replace_by:
            raise ValueError(f"{self.name}: a bulk stream needs replace_by")


@dataclass(frozen=True)
class Kept:
    """A record out of quarantine, as the vendor sent it."""

    payload: bytes
    key: str | None
    first_seen_at: datetime


@dataclass(frozen=True)
class Load:
    """One source: what is loaded, when, how stale it may be, and who is told.

    Args:
        source: Name; the raw schema is ``raw_<source>``.
        settings: Class of its settings.
        streams: Its tables, read in this order.
        description: What the source holds.
        owner: Who answers for it.
        cron: When it is loaded.
        fresh_within: How old its data may be.
        credentials: Settings that must be given for the source to be on.
        alternative_credentials: Settings that turn it on as well when given instead of these, for
            a part of its streams.
        connect: Makes the HTTP client of a run; None for a source without HTTP.
        after_load: Called with each load id once its rows are committed.
        again: What brings back a record that cannot be replayed, where it is not
            `kette load SOURCE --from DATE`.
    """

    source: str
    settings: type[SourceSettings]
    streams: tuple[Stream, ...]
    description: str
    owner: str
    cron: str
    fresh_within: timedelta
    credentials: tuple[str, ...]
    connect: Callable[[Any], Client | None] | None
    after_load: Callable[[str], None] | None = None
    alternative_credentials: tuple[str, ...] = ()
    again: str = ""

    @property
    def schema(self) -> str:
        """Return the name of the raw schema."""
        return f"raw_{self.source}"


@dataclass(frozen=True)
class StreamResult:
    """What one run did for one stream: its ledger rows, added up."""

    stream: str
    seen: int = 0
    loaded: int = 0
    deduped: int = 0
    quarantined: int = 0
    suppressed: int = 0
    requests: int = 0
    window: str = ""
    status: str = outcomes.LOADED
    note: str = ""


@dataclass
class Chapter:
    """What belongs to one load package: counts, covered slices, rejects, and the state after it."""

    seen: int = 0
    deduped: int = 0
    quarantined: int = 0
    suppressed: int = 0
    cleaned: int = 0
    requests: int = 0
    bytes: int = 0
    covered: dict[str, None] = field(default_factory=dict)
    rejects: Rejects = field(default_factory=Rejects)
    windows: list[tuple[str, str]] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    is_partial: bool = False

    @property
    def passed(self) -> int:
        """Return how many rows are to be loaded."""
        return outcomes.to_load(vars(self))

    def reject(self, record: Any, reason: str, key: str | None = None, form: str = RAW) -> None:
        """Quarantine a record."""
        self.quarantined += 1
        self.rejects.append(Reject(_raw(record)[:MAX_KEPT_BYTES], reason, key, form))


def _raw(record: Any) -> bytes:
    if isinstance(record, bytes):
        return record
    try:
        text = record if isinstance(record, str) else kept(record)
    except (ValueError, RecursionError):
        text = repr(type(record))
    return text.encode(errors="backslashreplace")


class Reader:
    """What a stream's ``read`` is given."""

    def __init__(
        self,
        settings: Any,
        client: Client,
        *,
        state: dict[str, Any],
        shared: dict[str, Any],
        known: bool,
        dates: tuple[date | None, date | None] = (None, None),
        progress: Callable[[str], None] = lambda _text: None,
        suppressions: frozenset[str] = frozenset(),
    ) -> None:
        self.settings = settings
        self.client = client
        # the stream's own memory: committed with the data, lost with a failed load
        self.state = state
        # scratch of this run, common to the streams of the source
        self.shared = shared
        # whether the table held rows before this run
        self.known = known
        self.from_date, self.to_date = dates
        self.today = environment().today()
        self.now: datetime = environment().now()
        # id of the package that the next page goes into
        self.load_id = ""
        self.progress = progress
        # hashes of identifiers that must not be loaded (suppression.identifier_hash)
        self.suppressions = suppressions
        self.chapters: list[Chapter] = []
        self.chapter = Chapter()

    def seen(self, count: int) -> None:
        """Count records as they come off the wire, for Arrow pages whose gate ran in the reader.

        Rejects are counted by ``reject``, pages of dictionaries by the gate.
        """
        self.chapter.seen += count

    def deduped(self, count: int) -> None:
        """Count records an Arrow reader dropped because they repeat a key of the same read."""
        self.chapter.deduped += count

    def suppressed(self, count: int) -> None:
        """Count records an Arrow reader left out because their person is suppressed."""
        self.chapter.suppressed += count

    def cleaned(self, count: int) -> None:
        """Count values that an Arrow reader mended (they are loaded)."""
        self.chapter.cleaned += count

    def reject(self, record: Any, reason: str, key: str | None = None) -> None:
        """Quarantine one raw record that is not yielded, unless it names an erased person.

        It is counted as seen here.
        """
        self.chapter.seen += 1
        if self.suppressions and mentions_in_bytes(_raw(record), self.suppressions):
            self.chapter.suppressed += 1
        else:
            self.chapter.reject(record, reason, key)

    def mark(self) -> Chapter:
        """Return the counts as they are, to come back to if a read has to be repeated."""
        return copy.deepcopy(self.chapter)

    def back_to(self, mark: Chapter) -> None:
        """Forget what was counted since a mark."""
        # the same object: whoever counts with it goes on
        vars(self.chapter).update(vars(copy.deepcopy(mark)))

    def covered(self, *slices: str | date) -> None:
        """Say that these slices of ``replace_by`` were read completely."""
        self.chapter.covered.update((str(name), None) for name in slices)

    def window(self, start: Any, end: Any) -> None:
        """Say what span was asked for, for the ledger."""
        self.chapter.windows.append((str(start), str(end)))

    def note(self, text: str) -> None:
        """Add a remark to the ledger row."""
        self.chapter.notes[text] = None

    def partial(self) -> None:
        """Say that this read is no full listing, though the stream's reads usually are."""
        self.chapter.is_partial = True

    def checkpoint(self) -> None:
        """Let what was yielded so far be committed on its own, with the state as it is now.

        A run that ends later resumes here. Call it before a page that may take long to get, not
        after the last one, and never inside a slice.
        """
        self.chapter.state = copy.deepcopy(self.state)
        self.chapters.append(self.chapter)
        self.chapter = Chapter()
