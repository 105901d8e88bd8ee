"""CSV, workbooks, JSON and Parquet in one form: numbered rows whose columns can be read as text.

Each format provides SQL for a column's text, for the rest of the row as JSON, and for the reason why a
line is not a row. Rows come in batches, so a file may be larger than memory.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from ingestion.records.casts import MAX_RECORD_BYTES, mended
from ingestion.sources.files.records import Bad, is_empty
from ingestion.sources.files.workbook import MOMENT, NUMBER as NUMERIC

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    import duckdb

    from ingestion.sources.files.header import Row

# a name that no column of a file has
NUMBER = "__row"
NOT_FINITE = ("FLOAT", "DOUBLE")
NUMBERS = ("FLOAT", "DOUBLE", "DECIMAL", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "U")
REJECTED = "rejected_lines"
# what nobody nests by hand, and what programs that read it later may take
MOST_DEEP = 200
TOO_DEEP = f"objects and lists nested more than {MOST_DEEP} deep"
NESTING = re.compile(r'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])')
BATCH_ROWS, BATCH_LENGTH = 20_000, 1 << 24
# columns of ``base``
OF_CELLS, OF_DOCUMENTS = "cells varchar[], kinds varchar, sheet varchar", "line varchar"
# what surrounds a value in spreadsheets: blanks, tabs, line ends, no-break and narrow spaces
BLANKS = " || ".join(
    f"chr({code})" for code in (32, 9, 10, 11, 12, 13, 160, 8199, 8201, 8203, 8239, 65279)
)


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Collection[str]) -> str:
    """Return texts as a list of SQL literals, to stand in parentheses."""
    return ", ".join(literal(text) for text in texts)


class Rows(Protocol):
    """A file's rows, lying in the table ``base`` under the numbers ``__row``."""

    names: Sequence[str]

    def text(self, name: str) -> str:
        """Return the SQL of a column as text; null where it is blank."""

    def texts(self) -> str:
        """Return the SQL of all columns as a list of texts, each as ``text`` gives it."""

    def has(self, name: str) -> bool:
        """Return whether there is a column of this name."""

    def is_moment(self, name: str) -> str:
        """Return the SQL that tells whether a value is a time as such, its text ISO 8601."""

    def is_number(self, name: str) -> str:
        """Return the SQL that tells whether a value is a number as such, with a decimal point."""

    def record(self, without: Collection[str] = ()) -> str:
        """Return the SQL of the row as JSON, without some of its columns."""

    def place(self) -> str:
        """Return the SQL of where a row stands in its file."""

    def problem(self) -> str:
        """Return the SQL of the reason why a row is none, null for a proper one."""

    def mended(self) -> str:
        """Return the SQL that tells whether something of the row was mended."""


class Base:
    """The table ``base`` while it is filled, and beside it the lines that are no rows."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, columns: str) -> None:
        self._connection = connection
        # rows in which nothing stands, which are none
        self.empty = 0
        connection.execute(f"create or replace temp table base ({NUMBER} bigint, {columns})")
        connection.execute(
            f"create or replace temp table {REJECTED} (line bigint, reason varchar, text varchar)"
        )

    def fill(self, rows: Iterable[tuple[int, str] | Bad]) -> None:
        """Take in numbered texts."""
        for good, bad in _batches(rows):
            self._add("base", [pa.array(column) for column in zip(*good, strict=True)])
            self._refuse(bad)

    def fill_cells(self, rows: Iterable[Row | Bad], sheet: str | None = None) -> None:
        """Take in numbered rows of cells."""
        for good, bad in _batches(self._that_hold_something(rows)):
            if good:
                numbers, cells, kinds = zip(*good, strict=True)
                self._add(
                    "base",
                    [
                        pa.array(numbers, pa.int64()),
                        pa.array(cells, pa.list_(pa.string())),
                        pa.array(kinds, pa.string()),
                        pa.nulls(len(good), pa.string())
                        if sheet is None
                        else pa.repeat(pa.scalar(sheet), len(good)),
                    ],
                )
            self._refuse(bad)

    def _that_hold_something(self, rows: Iterable[Row | Bad]) -> Iterator[Row | Bad]:
        for row in rows:
            if isinstance(row, Bad) or not is_empty(row[1]):
                yield row
            else:
                self.empty += 1

    def _add(self, table: str, arrays: list[Any]) -> None:
        if not arrays:
            return
        names = [f"c{number}" for number in range(len(arrays))]
        self._connection.register("batch", pa.table(arrays, names=names))
        self._connection.execute(f"insert into {table} from batch")
        self._connection.unregister("batch")

    def _refuse(self, bad: list[Bad]) -> None:
        columns = [(one.number, one.reason, one.text) for one in bad]
        self._add(REJECTED, [pa.array(column) for column in zip(*columns, strict=True)])


def _batches(rows: Iterable[Any]) -> Iterator[tuple[list[Any], list[Bad]]]:
    """Cut rows into batches; of the lines that are none every batch has its own."""
    good, bad, length = list[Any](), list[Bad](), 0
    for row in rows:
        if isinstance(row, Bad):
            bad.append(row)
            length += len(row.text)
        else:
            good.append(row)
            length += len(row[1]) if isinstance(row[1], str) else sum(map(len, row[1]))
        if len(good) + len(bad) >= BATCH_ROWS or length >= BATCH_LENGTH:
            yield good, bad
            good, bad, length = [], [], 0
    yield good, bad


def cells(names: Sequence[str], unit: str) -> Rows:
    """Return rows of CSV or of a workbook, whose places are told in a unit: line or row."""
    return _Cells(names, unit)


def documents(connection: duckdb.DuckDBPyConnection) -> Rows:
    """Return rows of JSON."""
    return _Documents(connection)


def parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> Rows:
    """Return rows of Parquet, read into ``base``."""
    return _Parquet(connection, path)


class _Cells:
    """Rows of CSV and of workbooks: lists of cells, of which the last may be missing."""

    def __init__(self, names: Sequence[str], unit: str) -> None:
        self.names = names
        self._unit = unit
        self._positions = {name: position for position, name in enumerate(names, 1)}

    def text(self, name: str) -> str:
        # a file without a header has no columns, and no rows either
        return _trimmed(f"cells[{self._positions[name]}]") if self.has(name) else "null"

    def has(self, name: str) -> bool:
        return name in self._positions

    def is_moment(self, name: str) -> str:
        return self._holds(name, MOMENT)

    def is_number(self, name: str) -> str:
        return self._holds(name, NUMERIC)

    def texts(self) -> str:
        return f"list_transform(cells[:{len(self.names)}], lambda one: {_trimmed('one')})"

    def record(self, without: Collection[str] = ()) -> str:
        # as a whole: an expression for each of thousands of columns costs the square of their number
        chosen = [name for name in self.names if name not in without]
        places = [self._positions[name] for name in chosen]
        cells = f"list_select(list_resize(cells, {len(self.names)}), {places}::bigint[])"
        names = f"from_json({literal(json.dumps(chosen))}, '[\"VARCHAR\"]')"
        row = f"to_json(map({names}, {self._values(cells, places)}))"
        whole = f"case when {self._has_more()} then to_json(cells) else {row} end"
        return row if without else whole

    def place(self) -> str:
        return f"concat('sheet ' || sheet || ', ', '{self._unit} ', {NUMBER})"

    def problem(self) -> str:
        return f"case when {self._has_more()} then 'too many columns' end"

    def mended(self) -> str:
        return "contains(array_to_string(cells, ''), chr(0))"

    def _has_more(self) -> str:
        beyond = f"cells[{len(self.names) + 1}:]"
        return (
            f"(len(cells) > {len(self.names)} and "
            f"len(list_filter({beyond}, lambda one: trim(one, {BLANKS}) <> '')) > 0)"
        )

    def _values(self, cells: str, places: list[int]) -> str:
        """Return the SQL of the values of some cells; of a workbook as JSON, where numbers are bare."""
        texts = f"list_transform({cells}, lambda one: nullif(replace(one, chr(0), ''), ''))"
        if self._unit == "line":
            return texts
        kinds = f"list_transform({places}::bigint[], lambda place: substr(kinds, place, 1))"
        return (
            f"list_transform(list_zip({texts}, {kinds}), lambda pair: "
            f"case when pair[2] = '{NUMERIC}' then pair[1]::json else to_json(pair[1]) end)"
        )

    def _holds(self, name: str, kind: str) -> str:
        if not self.has(name):
            return "false"
        return f"coalesce(substr(kinds, {self._positions[name]}, 1) = '{kind}', false)"


def _listed(rows: Rows) -> str:
    return f"[{', '.join(map(rows.text, rows.names))}]"


def _trimmed(text: str) -> str:
    """Return the SQL of a text without what surrounds values in spreadsheets; null where none is left."""
    return f"nullif(trim(replace({text}, chr(0), ''), {BLANKS}), '')"


class _Documents:
    """Rows of JSON: one object each."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.create_function("mend_json", _mend_json, ["VARCHAR"], "VARCHAR")
        connection.create_function("is_too_deep", _is_too_deep, ["VARCHAR"], "BOOLEAN")
        try:
            connection.execute("alter table base add column is_mended boolean default false")
            connection.execute("alter table base add column is_deep boolean default false")
            # few lines hold what may have to be mended; these alone are looked at one by one
            connection.execute(
                "update base set line = mend_json(line), is_mended = line <> mend_json(line) "
                "where regexp_matches(line, '\\\\u0000|NaN|nan|[Ii]nf') and json_valid(line)"
            )
            opened = "length(line) - length(replace(replace(line, '[', ''), '{', ''))"
            connection.execute(
                f"update base set is_deep = is_too_deep(line) where {opened} > {MOST_DEEP}"  # noqa: S608
            )
        finally:
            connection.remove_function("mend_json")
            connection.remove_function("is_too_deep")
        self.names: Sequence[str] = [
            name
            for (name,) in connection.execute(
                "select distinct unnest(json_keys(line)) as name from base "
                "where json_valid(line) and json_type(line) = 'OBJECT' order by all"
            ).fetchall()
        ]

    def text(self, name: str) -> str:
        value = f"json_extract_string({self._object()}, {literal(f'/{name}')})"
        return f"nullif(trim({value}, {BLANKS}), '')"

    def texts(self) -> str:
        return _listed(self)

    def has(self, name: str) -> bool:
        # a/b is the field b of the object in the field a, as in a JSON pointer
        top = name.split("/", 1)[0].replace("~1", "/").replace("~0", "~")
        return top in self.names

    def is_moment(self, name: str) -> str:  # noqa: ARG002
        return "false"

    def is_number(self, name: str) -> str:
        kind = f"json_type({self._object()}, {literal(f'/{name}')})"
        return f"coalesce({kind} in ('BIGINT', 'UBIGINT', 'DOUBLE', 'HUGEINT'), false)"

    def record(self, without: Collection[str] = ()) -> str:
        patch = dict.fromkeys(name for name in without if name in self.names)
        if not patch:
            return "line"
        return f"json_merge_patch({self._object()}, {literal(json.dumps(patch))})"

    def place(self) -> str:
        return f"concat('line ', {NUMBER})"

    def problem(self) -> str:
        return (
            "case when not json_valid(line) then 'no JSON' "
            "when json_type(line) <> 'OBJECT' then 'no JSON object' "
            f"when is_deep then '{TOO_DEEP}' end"
        )

    def mended(self) -> str:
        return "is_mended"

    def _object(self) -> str:
        return "case when json_valid(line) then line end"


class _Parquet:
    """Rows of Parquet, in the types of the file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        Base(connection, "unused integer")
        connection.execute(
            f"create or replace temp table base as select row_number() over () as {NUMBER}, * "  # noqa: S608
            f"from read_parquet({literal(str(path))})"
        )
        described = connection.execute("describe base").fetchall()
        self._types: dict[str, str] = {row[0]: row[1] for row in described if row[0] != NUMBER}
        self.names: Sequence[str] = list(self._types)

    def text(self, name: str) -> str:
        return _trimmed(f"{quoted(name)}::varchar")

    def texts(self) -> str:
        return _listed(self)

    def has(self, name: str) -> bool:
        return name in self._types

    def is_moment(self, name: str) -> str:
        return str(self._types[name].startswith(("TIMESTAMP", "DATE"))).lower()

    def is_number(self, name: str) -> str:
        return str(self._types[name].startswith(NUMBERS)).lower()

    def record(self, without: Collection[str] = ()) -> str:
        kept = (name for name in self.names if name not in without)
        return f"json_object({', '.join(f'{literal(name)}, {self._value(name)}' for name in kept)})"

    def place(self) -> str:
        return f"concat('row ', {NUMBER})"

    def problem(self) -> str:
        return "null"

    def mended(self) -> str:
        texts = [quoted(name) for name, kind in self._types.items() if kind == "VARCHAR"]
        floats = [quoted(name) for name, kind in self._types.items() if kind in NOT_FINITE]
        return " or ".join(
            [
                f"contains(concat_ws('', {', '.join(['NULL', *texts])}), chr(0))",
                *(f"not coalesce(isfinite({name}), true)" for name in floats),
            ]
        )

    def _value(self, name: str) -> str:
        kind, column = self._types[name], quoted(name)
        if kind in NOT_FINITE:
            return f"case when isfinite({column}) then {column} end"
        if kind == "VARCHAR":
            return f"replace({column}, chr(0), '')"
        return f"{column}::varchar" if kind.startswith(("TIMESTAMP", "BLOB", "HUGEINT")) else column


def _mend_json(line: str) -> str:
    """Return a line of JSON without NUL, NaN and infinities; others as they are."""
    try:
        value, count = mended(json.loads(line)) if len(line) <= MAX_RECORD_BYTES else (None, 0)
    except (ValueError, RecursionError):
        return line
    return json.dumps(value, ensure_ascii=False, allow_nan=False) if count else line


def _is_too_deep(line: str) -> bool:
    """Return whether objects and lists within a line are nested too deeply."""
    depth = 0
    for found in NESTING.finditer(line):
        depth += bool(found[1]) - bool(found[2])
        if depth > MOST_DEEP:
            return True
    return False
