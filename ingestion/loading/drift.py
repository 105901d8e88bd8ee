"""Schema drift: which properties a vendor's records have, and what changed about them.

Arbitrary properties stay in JSON. This module records that they exist and their types, but never a
value. A key that looks like an address or an id is not a name, and neither are the keys of an object
that has as many keys as there are records. Only a sample of each package is checked, so a rare new
property may go unnoticed until it becomes less rare.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from ingestion.control import store
from ingestion.control.tables import schema_changes, vendor_properties
from ingestion.records.rejects import ROW

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from ingestion.toolkit.source import Chapter, Load, Stream

# what is looked at: enough to meet what one record in a thousand has, little enough to cost nothing
ROWS_OF_A_TABLE, ROWS_OF_A_PACKAGE, BYTES_OF_A_PACKAGE = 1_000, 10_000, 20_000_000
# a property that this share of the records had cannot be missing from so many by chance
USUAL_SHARE, ENOUGH = 0.95, 50
# objects whose keys are data, such as ids, would fill the list without end
MOST_PROPERTIES = 1_000
# people name fields as they like, but no field like an address or with a line end
NAME = re.compile(r"(?=.*[^\W\d_])[^@\x00-\x1f\x7f]{1,100}")
MOST_DIGITS = 4
# the number of a field, such as field_12345; digits among letters are an id
NUMBERED = re.compile(r"\D*[^\W\d_]{2}\D*\d+\D*")
# keys in most records are names; one record has this many of another's keys only by chance
ENOUGH_RECORDS, COMMON_SHARE, MOST_KEYS, TIMES_AS_MANY = 10, 0.5, 50, 5
# an object is told by its keys and theirs; everything else by its type
Shape = type | tuple[tuple[str, "Shape"], ...]
OBJECT = "object"
KINDS: dict[Any, str] = {
    bool: "truth",
    int: "number",
    float: "number",
    str: "text",
    list: "list",
    dict: OBJECT,
}
NEW, KIND, VANISHED, REFUSED = "new", "kind", "vanished", "refused"
# how the gate says that a value is not of its column's type
WRONG_TYPE = ("not a", "neither")
# what somebody should look at: models may read what is no longer there
ALARMING = frozenset({KIND, VANISHED, REFUSED})


class Sample:
    """The properties met in some rows of a package: how often each, and with which kinds."""

    def __init__(self) -> None:
        self.rows = 0
        self._bytes = 0
        # by object, key and kind
        self._found: Counter[tuple[str, str, str]] = Counter()

    def watch(self, stream: Stream, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
        """Hand tables on and look at some of their rows."""
        for table in tables:
            self.look_into(stream, table)
            yield table

    def look_into(self, stream: Stream, table: pa.Table | pa.RecordBatch) -> None:
        """Look at some rows, spread over all, unless enough were looked at."""
        columns = [name for name, kind in stream.columns.items() if kind == "json"]
        if columns and self.rows < ROWS_OF_A_PACKAGE and self._bytes < BYTES_OF_A_PACKAGE:
            step = -(-table.num_rows // ROWS_OF_A_TABLE)
            some = table.select(columns).take(pa.array(range(0, table.num_rows, step or 1)))
            for row in some.to_pylist():
                self._look_at(row)

    def _look_at(self, row: dict[str, str | None]) -> None:
        self.rows += 1
        for column, text in row.items():
            if text is not None:
                self._bytes += len(text)
                self._found.update(_properties(column, _shape(json.loads(text))))

    @cached_property
    def present(self) -> Counter[str]:
        """How many rows had each property."""
        found: Counter[str] = Counter()
        for (parent, name, _), count in self._found.items():
            found[f"{parent}.{name}"] += count
        return found

    @cached_property
    def kinds(self) -> dict[str, list[str]]:
        """The kinds of each property, in the order they were met."""
        found: dict[str, list[str]] = {}
        for parent, name, kind in self._found:
            found.setdefault(f"{parent}.{name}", []).append(kind)
        return found

    def forget_data(self, known: Container[str]) -> None:
        """Leave out keys that seem to be data, such as ids, and what lies below; not those known."""
        keys: dict[str, Counter[str]] = {}
        records: Counter[str] = Counter()
        for (parent, name, kind), count in self._found.items():
            keys.setdefault(parent, Counter())[name] += count
            if kind == OBJECT:
                records[f"{parent}.{name}"] += count
        data = {
            f"{parent}.{name}"
            for parent, counts in keys.items()
            for name in _data(counts, records[parent] or self.rows)
        }
        for parent, name, kind in list(self._found):
            if any(key in data and key not in known for key in (parent, f"{parent}.{name}")):
                del self._found[parent, name, kind]


def _data(counts: Counter[str], records: int) -> Iterator[str]:
    """Yield which keys of an object are data: their number grows with that of the records."""
    once = sum(count == 1 for count in counts.values())
    usual = counts.total() / records
    is_keyed = len(counts) > MOST_KEYS and 2 * once > len(counts) > TIMES_AS_MANY * usual
    is_enough = records >= ENOUGH_RECORDS
    for name, count in counts.items():
        is_common = is_enough and count >= records * COMMON_SHARE
        if not is_common and (is_keyed or _digits(name) > MOST_DIGITS):
            yield name


def _shape(document: Any, depth: int = 2) -> Shape:
    """Return the keys of a document and of the objects in it, with the types of their values."""
    if not isinstance(document, dict) or not depth:
        return type(document)
    return tuple((name, _shape(value, depth - 1)) for name, value in document.items())


# most records of a stream have one of a few shapes
@lru_cache(1_000)
def _properties(column: str, shape: Shape) -> tuple[tuple[str, str, str], ...]:
    """Return the properties of documents of a shape: the object, the key and the kind of each."""
    if isinstance(shape, type):
        return ()
    found: list[tuple[str, str, str]] = []
    for name, kind in shape:
        if kind is not type(None) and _is_name(name):
            found.append((column, name, KINDS.get(kind, OBJECT)))
            found.extend(_properties(f"{column}.{name}", kind))
    return tuple(found)


def _is_name(text: str) -> bool:
    """Return whether a key is a name and not itself a value, such as an address or an id."""
    if not NAME.fullmatch(text):
        return False
    return _digits(text) <= MOST_DIGITS or bool(NUMBERED.fullmatch(text))


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def note(
    load: Load, stream: Stream, load_id: str, sample: Sample, chapter: Chapter, *, is_first: bool
) -> None:
    """Compare what a committed package carried with what is known, and remember both.

    Args:
        load: The source.
        stream: The stream that was loaded.
        load_id: The package.
        sample: Which properties its records carried.
        chapter: Its counts, with what was refused.
        is_first: Whether the table was empty before; what comes then is usual and no change.
    """
    known = {row["property"]: row for row in _known(load.source, stream.name)}
    sample.forget_data(known)
    changes = _Changes(load.source, stream.name, load_id)
    refused = _refused(chapter)
    names = [*sample.present, *(name for name in known if name not in sample.present)]
    with store.begin() as connection:
        for name, reason in refused.items():
            changes.open(connection, name, REFUSED, reason)
        if not sample.rows:
            return
        _settle_refused(connection, load.source, stream.name, refused)
        for name in names if known and not is_first else ():
            _compare(connection, changes, name, known.get(name), sample)
        for name in names[: max(MOST_PROPERTIES, len(known))]:
            _remember(connection, (load.source, stream.name, name), known.get(name), sample)


def _compare(
    connection: sa.Connection,
    changes: _Changes,
    name: str,
    before: dict[str, Any] | None,
    sample: Sample,
) -> None:
    """Note what is new, of another kind, gone, or back again about one property."""
    if before is None:
        changes.open(connection, name, NEW, _described(sample, name))
    elif name in sample.present:
        changes.settle(connection, name, VANISHED)
        if more := [kind for kind in sample.kinds[name] if kind not in before["kinds"].split(",")]:
            changes.open(
                connection, name, KIND, f"{', '.join(more)} where it was {before['kinds']}"
            )
    elif _has_vanished(before, sample.rows):
        detail = f"{before['present']} of {before['looked_at']} records had it"
        changes.open(connection, name, VANISHED, detail)


def _known(source: str, stream: str) -> list[dict[str, Any]]:
    kept = vendor_properties
    return store.rows(sa.select(kept).where(kept.c.source == source, kept.c.stream == stream))


def _refused(chapter: Chapter) -> dict[str, str]:
    """Return the typed columns whose values were refused, with the reason."""
    found: dict[str, str] = {}
    for reject in chapter.rejects:
        column, colon, reason = reject.reason.partition(": ")
        if reject.form == ROW and colon and reason.startswith(WRONG_TYPE):
            found.setdefault(column, f"{reason}; such records are in quarantine")
    return found


def _described(sample: Sample, name: str) -> str:
    return f"{', '.join(sample.kinds[name])}, in {sample.present[name]} of {sample.rows} records"


def _has_vanished(before: dict[str, Any], rows: int) -> bool:
    was_usual = before["present"] >= before["looked_at"] * USUAL_SHARE
    is_enough = min(before["looked_at"], before["missing_since"] + rows) >= ENOUGH
    return bool(was_usual and is_enough)


def _remember(
    connection: sa.Connection,
    key: tuple[str, str, str],
    before: dict[str, Any] | None,
    sample: Sample,
) -> None:
    name, moment = key[2], store.now()
    old = before or {"kinds": "", "looked_at": 0, "present": 0, "missing_since": 0}
    is_there = name in sample.present
    kinds = dict.fromkeys([*filter(None, old["kinds"].split(",")), *sample.kinds.get(name, ())])
    values = {
        "source": key[0],
        "stream": key[1],
        "property": name,
        "kinds": ",".join(kinds),
        # what was usual is judged by the time in which it was there
        "looked_at": old["looked_at"] + (old["missing_since"] + sample.rows if is_there else 0),
        "present": old["present"] + sample.present[name],
        "missing_since": 0 if is_there else old["missing_since"] + sample.rows,
        "first_seen_at": before["first_seen_at"] if before else moment,
        "last_seen_at": moment if is_there or not before else before["last_seen_at"],
    }
    store.upsert(connection, vendor_properties, values)


class _Changes:
    """The open changes of one stream; each is told once until it is settled."""

    def __init__(self, source: str, stream: str, load_id: str) -> None:
        self._of = {"source": source, "stream": stream}
        self._load_id = load_id

    def open(self, connection: sa.Connection, name: str, change: str, detail: str) -> None:
        """Note a change, unless it is open already."""
        kept = schema_changes
        if connection.execute(sa.select(kept.c.id).where(*self._where(name, change))).first():
            return
        values = {**self._of, "property": name, "change": change, "detail": detail}
        connection.execute(
            sa.insert(kept).values(load_id=self._load_id, noticed_at=store.now(), **values)
        )

    def settle(self, connection: sa.Connection, name: str, change: str) -> None:
        """Close a change that is no longer one."""
        kept = schema_changes
        connection.execute(
            sa.update(kept).where(*self._where(name, change)).values(settled_at=store.now())
        )

    def _where(self, name: str, change: str) -> list[sa.ColumnElement[bool]]:
        kept = schema_changes
        return [
            kept.c.source == self._of["source"],
            kept.c.stream == self._of["stream"],
            kept.c.property == name,
            kept.c.change == change,
            kept.c.settled_at.is_(None),
        ]


def _settle_refused(
    connection: sa.Connection, source: str, stream: str, refused: dict[str, str]
) -> None:
    """Close refusals of columns that pass again."""
    kept = schema_changes
    connection.execute(
        sa.update(kept)
        .where(
            kept.c.source == source,
            kept.c.stream == stream,
            kept.c.change == REFUSED,
            kept.c.property.not_in(list(refused)),
            kept.c.settled_at.is_(None),
        )
        .values(settled_at=store.now())
    )


def open_changes(source: str | None = None) -> list[dict[str, Any]]:
    """Return the changes nobody settled yet, what alarms first, then the newest."""
    kept = schema_changes
    found = store.rows(
        sa.select(kept).where(kept.c.settled_at.is_(None)).order_by(kept.c.id.desc())
    )
    mine = [row for row in found if source in {None, row["source"]}]
    return sorted(mine, key=lambda row: row["change"] not in ALARMING)


def accept(source: str | None = None) -> int:
    """Settle the open changes, all or those of a source; return how many."""
    kept = schema_changes
    statement = sa.update(kept).where(kept.c.settled_at.is_(None))
    if source is not None:
        statement = statement.where(kept.c.source == source)
    with store.begin() as connection:
        return int(connection.execute(statement.values(settled_at=store.now())).rowcount)
