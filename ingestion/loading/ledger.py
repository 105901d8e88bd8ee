"""The ledger: what each load saw and what became of it. A load that does not balance fails.

``outcomes.EQUATION`` defines balance; ``loaded`` is counted in the warehouse. Before a package is
loaded, the control store notes what remains to be done, so that the next run can complete or undo a
load that was killed at any point.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ingestion.control import outcomes, store, tables
from ingestion.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingestion.loading.holdings import Latest
    from ingestion.records.rejects import Reject
    from ingestion.toolkit.source import Chapter, Load, Stream

LOST_NOTE = "The warehouse no longer holds this load: the next one reads it again"
NOTE_LENGTH = 500
# each up to a megabyte
BATCH_REJECTS = 200


@dataclass
class Package:
    """What is to be done for one load package, in a form that survives the process."""

    stream: str
    load_id: str
    ledger_id: int
    expected: int = 0
    covered: list[str] = field(default_factory=list)
    listing_id: str | None = None
    # slices kept back with the rows that came for them; slices whose answer was accepted
    held: dict[str, int] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)
    is_aside: bool = False


def _key(source: str, load_id: str = "") -> str:
    return f"unfinished/{source}/{load_id}"


def _run_id() -> str | None:
    """Return the run this load belongs to: the newest that is under way."""
    runs = tables.runs
    statement = (
        sa.select(runs.c.run_id)
        .where(runs.c.status == outcomes.RUNNING)
        .order_by(runs.c.started_at.desc())
        .limit(1)
    )
    found = store.rows(statement)
    return found[0]["run_id"] if found else None


def begin(load: Load, stream: Stream, *, is_aside: bool = False) -> Package:
    """Open the ledger row of a package.

    Args:
        load: The source.
        stream: The stream.
        is_aside: Whether it is read beside the stream's memory.
    """
    with store.begin() as connection:
        added = connection.execute(
            sa.insert(tables.load_ledger).values(
                load_id="",
                run_id=_run_id(),
                source=load.source,
                stream=stream.name,
                started_at=store.now(),
                status=outcomes.RUNNING,
                is_aside=is_aside,
            )
        )
        (ledger_id,) = added.inserted_primary_key or (0,)
    return Package(stream.name, "", ledger_id, is_aside=is_aside)


def _counts(chapter: Chapter) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: getattr(chapter, name)
        for name in ("seen", *outcomes.LEFT_OUT, "cleaned", "requests", "bytes")
    }
    if chapter.windows:
        values["window_from"] = min(start for start, _ in chapter.windows)
        values["window_to"] = max(end for _, end in chapter.windows)
    values["note"] = "; ".join(chapter.notes)[:NOTE_LENGTH] or None
    return values


def promise(load: Load, package: Package, chapter: Chapter) -> None:
    """Record, before anything is loaded, what the package holds and what is to be done with it."""
    _quarantine(load, package, chapter)
    with store.begin() as connection:
        _update(connection, package, load_id=package.load_id, **_counts(chapter))
        fact = {"key": _key(load.source, package.load_id), "value": json.dumps(asdict(package))}
        store.upsert(connection, tables.facts, fact)


def unfinished(load: Load) -> list[Package]:
    """Return the packages that an earlier run promised and did not complete."""
    facts = tables.facts
    found = store.rows(
        sa.select(facts).where(facts.c.key.startswith(_key(load.source), autoescape=True))
    )
    return [Package(**json.loads(row["value"])) for row in found]


def complete(load: Load, package: Package, loaded: int) -> None:
    """Close the row of a package that is in the warehouse.

    Raises:
        LedgerError: Records are missing, or there are more than were seen.
    """
    balanced = loaded == package.expected
    status = (
        outcomes.UNBALANCED if not balanced else outcomes.HELD if package.held else outcomes.LOADED
    )
    problem = f"{loaded} rows were loaded where {package.expected} were expected"
    with store.begin() as connection:
        values: dict[str, Any] = {
            "loaded": loaded,
            "status": status,
            "is_complete": balanced,
            "finished_at": store.now(),
        }
        if not balanced:
            values["note"] = problem
        _update(connection, package, **values)
        _remember_held(connection, load, package)
        _forget(connection, load, package)
        if not package.is_aside:
            _make_good(connection, load, package)
    if not balanced:
        raise LedgerError(
            problem,
            where=f"{load.source} {package.stream}",
            fix=f"Load it again: kette load {load.source}",
        )


def undo(load: Load, package: Package) -> None:
    """Close the row of a package that never reached the warehouse."""
    with store.begin() as connection:
        _update(
            connection,
            package,
            status=outcomes.INTERRUPTED,
            loaded=0,
            note="The run ended in the middle; the next one reads this again",
            finished_at=store.now(),
        )
        _forget(connection, load, package)


def fail(load: Load, package: Package, chapter: Chapter, reason: str) -> None:
    """Close the row of a stream that failed; what was promised is looked after by the next run."""
    _quarantine(load, package, chapter)
    with store.begin() as connection:
        values = {**_counts(chapter), "note": reason[:NOTE_LENGTH]}
        status = (
            outcomes.FAILED
            if row(package)["status"] != outcomes.UNBALANCED
            else outcomes.UNBALANCED
        )
        _update(connection, package, status=status, finished_at=store.now(), **values)


def lose(lost: Sequence[Mapping[str, Any]]) -> None:
    """Mark rows whose load the warehouse no longer holds.

    Args:
        lost: The rows; ``needs_all`` says whether going on from the memory does not bring it back.
    """
    rows = tables.load_ledger
    with store.begin() as connection:
        for each in lost:
            note = f"{LOST_NOTE}; {each['note']}" if each["note"] else LOST_NOTE
            connection.execute(
                sa.update(rows)
                .where(rows.c.id == each["id"])
                .values(status=outcomes.LOST, is_aside=each["needs_all"], note=note[:NOTE_LENGTH])
            )


def take_over(load: Load, newest: Latest, note: str) -> None:
    """Write the row of a load that the warehouse holds and the ledger does not know."""
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.load_ledger).values(
                load_id=newest.load_id,
                source=load.source,
                stream=newest.stream,
                started_at=newest.committed_at,
                finished_at=newest.committed_at,
                seen=newest.row_count,
                loaded=newest.row_count,
                is_complete=True,
                status=outcomes.LOADED,
                note=note,
            )
        )


def lost(source: str | None = None) -> list[dict[str, Any]]:
    """Return the rows of lost loads that nothing has made good yet, of a source or of all."""
    rows = tables.load_ledger
    where = [rows.c.status == outcomes.LOST] + ([rows.c.source == source] if source else [])
    return store.rows(sa.select(rows).where(*where).order_by(rows.c.id))


def _make_good(connection: sa.Connection, load: Load, package: Package) -> None:
    """Note that the stream has gone on from where the warehouse stands."""
    rows = tables.load_ledger
    connection.execute(
        sa.update(rows)
        .where(
            rows.c.source == load.source,
            rows.c.stream == package.stream,
            rows.c.status == outcomes.LOST,
        )
        .values(status=outcomes.MADE_GOOD)
    )


def close_interrupted(load: Load) -> None:
    """Mark rows that a killed run left open; hold the source's lock meanwhile."""
    rows = tables.load_ledger
    with store.begin() as connection:
        connection.execute(
            sa.update(rows)
            .where(rows.c.source == load.source, rows.c.status == outcomes.RUNNING)
            .values(status=outcomes.INTERRUPTED, note="The run was killed", finished_at=store.now())
        )


def held_before(load: Load, stream: Stream) -> dict[str, int]:
    """Return the slices that are held back, with the rows that came for them last time."""
    held = tables.held_windows
    found = store.rows(
        sa.select(held).where(held.c.source == load.source, held.c.stream == stream.name)
    )
    return {row["window"]: row["row_count"] for row in found}


def held_back() -> dict[tuple[str, str], dict[str, int]]:
    """Return, by source and stream, the slices held back and the rows that came for them."""
    held = tables.held_windows
    found: dict[tuple[str, str], dict[str, int]] = {}
    for kept in store.rows(sa.select(held).order_by(held.c.source, held.c.stream)):
        slices = found.setdefault((kept["source"], kept["stream"]), {})
        slices[kept["window"]] = kept["row_count"]
    return found


def row(package: Package) -> dict[str, Any]:
    """Return the ledger row of a package."""
    rows = tables.load_ledger
    return store.rows(sa.select(rows).where(rows.c.id == package.ledger_id))[0]


def _update(connection: sa.Connection, package: Package, **values: Any) -> None:
    rows = tables.load_ledger
    connection.execute(sa.update(rows).where(rows.c.id == package.ledger_id).values(**values))


def _forget(connection: sa.Connection, load: Load, package: Package) -> None:
    facts = tables.facts
    connection.execute(sa.delete(facts).where(facts.c.key == _key(load.source, package.load_id)))


def _remember_held(connection: sa.Connection, load: Load, package: Package) -> None:
    held = tables.held_windows
    where = {"source": load.source, "stream": package.stream}
    for names in store.batches(package.accepted, 500):
        connection.execute(
            sa.delete(held).where(
                held.c.source == load.source,
                held.c.stream == package.stream,
                held.c.window.in_(names),
            )
        )
    for window, count in package.held.items():
        values = {**where, "window": window, "row_count": count, "held_at": store.now()}
        store.upsert(connection, held, values)


def _quarantine(load: Load, package: Package, chapter: Chapter) -> None:
    """Keep what was rejected, in steps: others write to the control store meanwhile."""
    waiting = iter(chapter.rejects)
    while some := list(islice(waiting, BATCH_REJECTS)):
        with store.begin() as connection:
            _keep(connection, load, package, some)


def _keep(
    connection: sa.Connection, load: Load, package: Package, rejects: Sequence[Reject]
) -> None:
    """Keep some rejects; one that is there already is counted up."""
    kept, moment = tables.quarantine, store.now()
    prints = [hashlib.sha256(reject.payload).hexdigest() for reject in rejects]
    latest, times = dict(zip(prints, rejects, strict=True)), Counter(prints)
    same = sa.and_(kept.c.source == load.source, kept.c.stream == package.stream)
    found = sa.select(kept.c.fingerprint).where(same, kept.c.fingerprint.in_(latest))
    known = set(connection.execute(found).scalars())
    new, again = [], []
    for fingerprint, reject in latest.items():
        values = {
            "load_id": package.load_id,
            "reason": reject.reason,
            "form": reject.form,
            "last_seen_at": moment,
        }
        if fingerprint in known:
            more = {"known": fingerprint, "more": times[fingerprint]}
            again.append({**values, **more})
        else:
            more = {
                "source": load.source,
                "stream": package.stream,
                # Postgres takes no NUL in a text
                "record_key": reject.key and reject.key.replace("\0", ""),
                "fingerprint": fingerprint,
                "payload": reject.payload,
                "first_seen_at": moment,
                "times_seen": times[fingerprint],
            }
            new.append({**values, **more})
    if again:
        count = {"times_seen": kept.c.times_seen + sa.bindparam("more")}
        where = sa.and_(same, kept.c.fingerprint == sa.bindparam("known"))
        connection.execute(sa.update(kept).where(where).values(count), again)
    if new:
        connection.execute(sa.insert(kept), new)


def unbalanced_streams() -> list[str]:
    """Return the streams whose newest load does not account for every record it saw."""
    return [
        f"{row['source']} {row['stream']}"
        for row in store.latest_ledger()
        if row["status"] == outcomes.UNBALANCED or outcomes.missing([row])
    ]
