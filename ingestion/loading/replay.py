"""The quarantine: lists its records and sends them through the gate again once the cause is fixed.

A replay is a load with its own ledger row. It never replaces a newer version by an older one, and it
may be repeated: accepted records leave the quarantine, refused ones stay.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ingestion.control import locks, store, tables
from ingestion.errors import KetteError
from ingestion.loading import gate, warehouse
from ingestion.loading.run import Run
from ingestion.records.json_text import loads
from ingestion.records.rejects import ROW
from ingestion.toolkit.source import Kept, Load, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from duckdb import DuckDBPyConnection

    from ingestion.toolkit.source import Page, Reader

# few enough to be held in memory, each up to a megabyte
BATCH = 200


@dataclass(frozen=True)
class Replayed:
    """What a replay did with the records of one stream.

    ``loaded`` passed now; ``outdated`` had been overtaken by what is stored; ``suppressed`` must not
    be loaded any more; ``refused`` failed again; of the ``unreadable`` no row can be made here, and
    ``why`` says for each reason why not and what to do.
    """

    stream: str
    loaded: int = 0
    outdated: int = 0
    suppressed: int = 0
    refused: int = 0
    unreadable: int = 0
    why: tuple[str, ...] = ()


def waiting(
    source: str | None = None, stream: str | None = None, reason: str | None = None
) -> list[dict[str, Any]]:
    """Return counts by source, stream and reason; ``first_id`` points to a record.

    Args:
        source: Only this source.
        stream: Only this stream.
        reason: Only reasons that contain this.
    """
    return [
        row
        for row in store.quarantine_counts()
        if source in {None, row["source"]}
        and stream in {None, row["stream"]}
        and (reason is None or reason.lower() in row["reason"].lower())
    ]


def record(record_id: int) -> dict[str, Any]:
    """Return one quarantined record with its payload, which may hold personal data.

    Raises:
        KetteError: There is none of this number.
    """
    kept = tables.quarantine
    found = store.rows(sa.select(kept).where(kept.c.id == record_id))
    if not found:
        raise KetteError(
            "there is no such record", where=f"quarantine {record_id}", fix="kette quarantine list"
        )
    return found[0]


def run(
    load: Load,
    stream: str | None = None,
    reason: str | None = None,
    progress: Callable[[str], None] = lambda _text: None,
) -> list[Replayed]:
    """Send the quarantined records of a source through the gate again.

    Args:
        load: The source; it need not be on, since no vendor is asked.
        stream: Only this stream.
        reason: Only records whose reason contains this.
        progress: Told what is being done.

    Raises:
        KetteError: Another process loads the source, or the rows cannot be written.
    """
    # what the load opens and recovers is the real source; only nobody is asked for anything
    offline = replace(load, connect=None, after_load=None)
    with locks.source_lock(load.source):
        opened = Run(offline, (None, None), progress, is_aside=True)
        return [
            _stream(opened, each, ids)
            for each in load.streams
            if stream in {None, each.name} and (ids := _ids(load, each, reason))
        ]


def _ids(load: Load, stream: Stream, reason: str | None) -> list[int]:
    kept = tables.quarantine
    statement = (
        sa.select(kept.c.id, kept.c.reason)
        .where(kept.c.source == load.source, kept.c.stream == stream.name)
        .order_by(kept.c.last_seen_at, kept.c.id)
    )
    return [
        row["id"]
        for row in store.rows(statement)
        if reason is None or reason.lower() in row["reason"].lower()
    ]


def _stream(opened: Run, stream: Stream, ids: Sequence[int]) -> Replayed:
    kept, total = tables.quarantine, Replayed(stream.name)
    for some in store.batches(ids, BATCH):
        rows = store.rows(sa.select(kept).where(kept.c.id.in_(some)).order_by(kept.c.id))
        hindered = [(row, _hindrance(opened.load, stream, row)) for row in rows]
        readable = [row for row, why in hindered if not why]
        total = replace(
            total,
            unreadable=total.unreadable + len(rows) - len(readable),
            why=tuple(dict.fromkeys((*total.why, *(why for _, why in hindered if why)))),
        )
        if not readable:
            continue
        result = opened.stream(_again(opened.load, stream, readable))
        opened.raise_errors()
        _release(readable)
        total = replace(
            total,
            loaded=total.loaded + result.loaded,
            outdated=total.outdated + result.deduped,
            suppressed=total.suppressed + result.suppressed,
            refused=total.refused + result.quarantined,
        )
    return total


def _hindrance(load: Load, stream: Stream, row: dict[str, Any]) -> str:
    """Return why a record cannot be replayed and what to do instead; nothing where it can."""
    if row["form"] == ROW and not isinstance(_parsed(row["payload"]), dict):
        what = "it was too large to be kept whole"
    elif row["form"] != ROW and stream.reread is None:
        what = "it is kept as it was sent, and no row can be made of that alone"
    else:
        return ""
    again = f"`kette load {load.source} --from DATE`, a day before it was made, asks for it again"
    return f"{row['reason']}: {what}. {load.again or again}."


def _parsed(payload: bytes) -> Any:
    try:
        return loads(payload)
    except (ValueError, RecursionError):
        return None


def _again(load: Load, stream: Stream, kept: Sequence[dict[str, Any]]) -> Stream:
    """Return the stream as a load of these records, which replaces nothing else."""

    def read(reader: Reader) -> Iterator[Page]:
        reader.note(f"replay of {len(kept)} quarantined records")
        found = [(record, row) for record in kept for row in _made(reader, stream, record)]
        shaper = gate.Gate(stream)
        with locks.warehouse_lock(), warehouse.connect() as connection:
            stored = _Stored(connection, load, stream)
            passing = []
            for record, row in found:
                shaped = shaper.shaped(row)
                # what does not pass is refused, and counted, by the gate of this load
                if shaped is not None and stored.has_newer(shaped, record["load_id"]):
                    reader.seen(1)
                    reader.deduped(1)
                else:
                    passing.append(row)
        yield passing

    return replace(
        stream, read=read, replace_by=None, guarded=False, lists_everything=False, bulk=False
    )


def _made(reader: Reader, stream: Stream, record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a quarantined record."""
    if record["form"] == ROW:
        yield _parsed(record["payload"])
        return
    if stream.reread is None:
        return
    kept = Kept(record["payload"], record["record_key"], record["first_seen_at"])
    for page in stream.reread(reader, kept):
        if isinstance(page, list):
            yield from page
            continue
        # in Arrow a column of JSON is text
        texts = {name for name, kind in stream.columns.items() if kind == "json"}
        for row in page.to_pylist():
            yield {
                name: json.loads(value) if name in texts and value is not None else value
                for name, value in row.items()
            }


class _Stored:
    """What the warehouse holds of a stream, so that nothing older is put over it."""

    def __init__(self, connection: DuckDBPyConnection, load: Load, stream: Stream) -> None:
        self._connection, self._load, self._stream = connection, load, stream
        listed = connection.execute(
            f"select load_id from {warehouse.LISTINGS} where source = ? and stream = ?",  # noqa: S608 - our names
            [load.source, stream.name],
        ).fetchone()
        self._listing: str = listed[0] if listed and stream.lists_everything else ""

    def has_newer(self, row: dict[str, Any], quarantined_by: str) -> bool:
        """Return whether a row was overtaken since the load that quarantined it."""
        if self._listing > quarantined_by:
            # a later full listing showed no record that had to be refused: it is gone, or sound
            return True
        stream, table = self._stream, warehouse.table(self._load, self._stream)
        keys = " and ".join(f'"{name}" = ?' for name in stream.primary_key)
        newest = f'"{stream.newest_by}"' if stream.newest_by else "null"
        found = self._connection.execute(
            f"select {newest}, {gate.LOAD_ID} from {table} where {keys}",  # noqa: S608 - our names
            [row[name] for name in stream.primary_key],
        ).fetchone()
        if found is None:
            return False
        own = row[stream.newest_by] if stream.newest_by else None
        if own is not None and found[0] is not None:
            return bool(found[0] >= own)
        return bool(found[1] > quarantined_by)


def _release(batch: Sequence[dict[str, Any]]) -> None:
    """Take out what passed: what was refused again is now kept under the load of the replay."""
    kept = tables.quarantine
    with store.begin() as connection:
        for row in batch:
            connection.execute(
                sa.delete(kept).where(kept.c.id == row["id"], kept.c.load_id == row["load_id"])
            )
