"""CSV, JSONL and Parquet in one shape: numbered rows whose columns can be had as text.

Each format says in SQL how its rows are read, what a column's text is, what the rest of the row is
as JSON, and why a row is none at all. The rows themselves never pass through Python.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

import duckdb

from ingestion.casts import MAX_RECORD_BYTES, mended
from ingestion.errors import KetteError
from ingestion.sources.files.plain import csv_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from ingestion.sources.files.mapping import DataFile, FileMapping

# a character that no line of JSON holds: each line is one column
NO_DELIMITER = "\x01"
# a name that no column of a file has
NUMBER = "__row"
NOT_FINITE = ("FLOAT", "DOUBLE")
REJECTED_LINES = "rejected_lines"


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

    def has(self, name: str) -> bool:
        """Return whether there is a column of this name."""

    def is_time(self, name: str) -> bool:
        """Return whether a column holds times as such, not as texts."""

    def record(self, without: Collection[str] = ()) -> str:
        """Return the SQL of the row as JSON, without some of its columns."""

    def problem(self) -> str:
        """Return the SQL of the reason why a row is none, null for a proper one."""

    def mended(self) -> str:
        """Return the SQL that tells whether something of the row was mended."""


def read(
    connection: duckdb.DuckDBPyConnection, mapping: FileMapping, file: DataFile, path: Path
) -> Rows:
    """Read a file into the table ``base``; lines that are no rows go to ``rejected_lines``.

    Args:
        connection: Of a database of one's own.
        mapping: Describes the file.
        file: The file.
        path: Where its unpacked content lies.

    Raises:
        KetteError: The file is damaged.
    """
    for name in ("base", REJECTED_LINES, "rejected_scans"):
        connection.execute(f"drop table if exists {name}")
    try:
        if file.format == "csv":
            is_tabbed = ".tsv" in file.path.suffixes
            return _Csv(connection, path, mapping.delimiter or ("\t" if is_tabbed else ","))
        return _Jsonl(connection, path) if file.format == "jsonl" else _Parquet(connection, path)
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        first = str(error).splitlines()[0].replace(str(path), file.path.name)
        raise KetteError(
            f"it cannot be read as {file.format}: {first[:200]}",
            where=f"{mapping.where}: {file.path.name}",
            fix="Check format, delimiter and encoding in the mapping, and the file itself",
        ) from None


def rejected_lines(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[int, str, str]]:
    """Yield number, reason and text of the lines that are no rows."""
    found = connection.execute(
        "select 1 from duckdb_tables() where table_name = ?", [REJECTED_LINES]
    )
    if not found.fetchall():
        return
    yield from connection.execute(
        "select line, lower(replace(any_value(error_type::varchar), '_', ' ')), "  # noqa: S608
        f"trim(any_value(csv_line), chr(10) || chr(13)) from {REJECTED_LINES} "
        "group by line order by line"
    ).fetchall()


def _read_csv(path: Path, names: Sequence[str], options: str) -> str:
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"create temp table base as select row_number() over () as {NUMBER}, * from "  # noqa: S608
        f"read_csv({literal(str(path))}, auto_detect = false, columns = {{{columns}}}, "
        f"store_rejects = true, rejects_table = {literal(REJECTED_LINES)}, "
        f"rejects_scan = 'rejected_scans', {options})"
    )


class _Csv:
    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path, delimiter: str) -> None:
        self.names: Sequence[str] = csv_names(path, delimiter)
        if not self.names:
            connection.execute(f"create temp table base ({NUMBER} bigint)")
            return
        connection.execute(
            _read_csv(
                path,
                self.names,
                f"header = true, delim = {literal(delimiter)}, quote = '\"', escape = '\"'",
            )
        )

    def text(self, name: str) -> str:
        return f"nullif(trim(replace({quoted(name)}, chr(0), ''), {BLANKS}), '')"

    def has(self, name: str) -> bool:
        return name in self.names

    def is_time(self, name: str) -> bool:  # noqa: ARG002
        return False

    def record(self, without: Collection[str] = ()) -> str:
        pairs = [
            f"{literal(name)}, replace({quoted(name)}, chr(0), '')"
            for name in self.names
            if name not in without
        ]
        return f"json_object({', '.join(pairs)})"

    def problem(self) -> str:
        return "null"

    def mended(self) -> str:
        return f"contains(concat_ws('', {', '.join(map(quoted, self.names))}), chr(0))"


class _Jsonl:
    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        # outside of quotes a carriage return is part of a line, which strict CSV would not have
        connection.execute(
            _read_csv(
                path,
                ["line"],
                f"header = false, delim = {literal(NO_DELIMITER)}, quote = '', escape = '', "
                "strict_mode = false",
            )
        )
        connection.execute("delete from base where line is null or trim(line) = ''")
        connection.create_function("mend_json", _mend_json, ["VARCHAR"], "VARCHAR")
        connection.execute("alter table base add column is_mended boolean default false")
        # few lines hold what may have to be mended; these alone are looked at one by one
        connection.execute(
            "update base set line = mend_json(line), is_mended = line <> mend_json(line) "
            "where regexp_matches(line, '\\\\u0000|NaN|nan|[Ii]nf') and json_valid(line)"
        )
        self.names: Sequence[str] = [
            name
            for (name,) in connection.execute(
                "select distinct unnest(json_keys(line)) as name from base "
                "where json_valid(line) and json_type(line) = 'OBJECT' order by all"
            ).fetchall()
        ]

    def text(self, name: str) -> str:
        pointer = literal(f"/{name}")
        return f"nullif(trim(json_extract_string({self._object()}, {pointer}), {BLANKS}), '')"

    def has(self, name: str) -> bool:
        # a/b is the field b of the object in the field a, as in a JSON pointer
        top = name.split("/", 1)[0].replace("~1", "/").replace("~0", "~")
        return top in self.names

    def is_time(self, name: str) -> bool:  # noqa: ARG002
        return False

    def record(self, without: Collection[str] = ()) -> str:
        patch = dict.fromkeys(name for name in without if name in self.names)
        if not patch:
            return "line"
        return f"json_merge_patch({self._object()}, {literal(json.dumps(patch))})"

    def problem(self) -> str:
        return (
            "case when not json_valid(line) then 'no JSON' "
            "when json_type(line) <> 'OBJECT' then 'no JSON object' end"
        )

    def mended(self) -> str:
        return "is_mended"

    def _object(self) -> str:
        return "case when json_valid(line) then line end"


class _Parquet:
    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        connection.execute(
            f"create temp table base as select row_number() over () as {NUMBER}, * "  # noqa: S608
            f"from read_parquet({literal(str(path))})"
        )
        described = connection.execute("describe base").fetchall()
        self._types: dict[str, str] = {row[0]: row[1] for row in described if row[0] != NUMBER}
        self.names: Sequence[str] = list(self._types)

    def text(self, name: str) -> str:
        return f"nullif(trim(replace({quoted(name)}::varchar, chr(0), ''), {BLANKS}), '')"

    def has(self, name: str) -> bool:
        return name in self.names

    def is_time(self, name: str) -> bool:
        return self._types[name].startswith(("TIMESTAMP", "DATE"))

    def record(self, without: Collection[str] = ()) -> str:
        pairs = [
            f"{literal(name)}, {self._value(name)}" for name in self.names if name not in without
        ]
        return f"json_object({', '.join(pairs)})"

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


# what surrounds a value in spreadsheets: blanks, tabs, line ends, no-break spaces
BLANKS = "' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(8239)"


def _mend_json(line: str) -> str:
    """Return a line of JSON without NUL, NaN and infinities; others as they are."""
    if len(line) > MAX_RECORD_BYTES:
        return line
    try:
        value, count = mended(json.loads(line))
    except (ValueError, RecursionError):
        return line
    return json.dumps(value, ensure_ascii=False, allow_nan=False) if count else line
