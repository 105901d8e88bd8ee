"""From a file's rows to the contract: typed, keyed and judged in SQL.

Every row is either loaded, a repetition of a key, or rejected with the reason; nothing is guessed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from ingestion.errors import KetteError
from ingestion.gate import MAX_RECORD_BYTES
from ingestion.sources.files import formats
from ingestion.sources.files.formats import NUMBER, literal, literals, quoted
from ingestion.sources.files.mapping import AMOUNTS, COLUMNS, REQUIRED, hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from ingestion.sources.files.formats import Rows
    from ingestion.sources.files.mapping import Column, DataFile, FileMapping

BATCH_ROWS = 50_000
# when so many rows fail and none passes, it is the mapping that is wrong
ALL_WRONG_ROWS = 20
SEPARATOR = "chr(31)"
# year first, as ISO 8601 has it; other orders are only read by a mapping's date_formats
ISO_TIME = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T].*)?"
SPACED_OFFSET = r"(\d) ([+-]\d{2}:?\d{2})"
EPOCHS = {"epoch": 1_000_000, "epoch_ms": 1_000}
FIRST_TIME, LAST_TIME = "timestamptz '0001-01-02 00:00:00Z'", "timestamptz '9999-12-30 00:00:00Z'"


@dataclass(frozen=True)
class Outcome:
    """What became of a file's rows; the pages are read while this is in hand."""

    passed: int
    deduped: int
    cleaned: int
    rejected: list[tuple[str, str, str]]


class Table:
    """The rows of one file after another, in a database of their own.

    Args:
        connection: Of an empty database that may use the disk.
        columns: Names of the raw table's columns, in order.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, columns: tuple[str, ...]) -> None:
        self._connection = connection
        self._columns = columns
        # keys of the files read so far, for mappings in which a key may stand in several files
        connection.execute("create temp table taken (row_id varchar)")

    def forget_keys(self) -> None:
        """Begin another mapping."""
        self._connection.execute("delete from taken")

    def read(self, mapping: FileMapping, file: DataFile, rows: Rows) -> Outcome:
        """Judge the rows of a file.

        Raises:
            KetteError: A column is missing, or no row at all fits the mapping.
        """
        check_columns(mapping, file, rows)
        connection = self._connection
        # times without an offset are read in the zone that is set
        connection.execute(f"set TimeZone = {literal(mapping.time_zone)}")
        try:
            connection.execute(
                f"create or replace temp table judged as {_judged(mapping, file, rows)}"
            )
        finally:
            connection.execute("set TimeZone = 'UTC'")
        rejected = self._rejected(file)
        passed, deduped, cleaned = self._numbers(
            "count(*) filter (is_kept), count(*) filter (not is_kept), "
            "count(*) filter (is_kept and is_mended)"
        )
        if not passed and not deduped and len(rejected) >= ALL_WRONG_ROWS:
            raise KetteError(
                f"none of its {len(rejected)} rows fits, the first because of: {rejected[0][1]}",
                where=f"{mapping.where}: {file.path.name}",
                fix="Check columns, date_formats, decimal and delimiter in the mapping",
            )
        connection.execute("insert into taken select row_id from judged where is_kept")
        return Outcome(passed, deduped, cleaned, rejected)

    def pages(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of the file just read, in the shape of the raw table."""
        wanted = ", ".join(quoted(name) for name in self._columns)
        yield from self._connection.execute(
            f"select {wanted} from judged where is_kept order by {NUMBER}"  # noqa: S608
        ).to_arrow_reader(BATCH_ROWS)

    def _numbers(self, expressions: str) -> tuple[int, ...]:
        found = self._connection.execute(
            f"select {expressions} from judged where reason is null"  # noqa: S608
        ).fetchall()
        return tuple(found[0])

    def _rejected(self, file: DataFile) -> list[tuple[str, str, str]]:
        """Return record, reason and key of what cannot be loaded."""
        lines = [
            (json.dumps({"file": file.label, "line": number, "text": text}), reason, number)
            for number, reason, text in formats.rejected_lines(self._connection)
        ]
        rows = self._connection.execute(
            f"select {NUMBER}, reason, record from judged where reason is not null order by 1"  # noqa: S608
        ).fetchall()
        return [
            *((record, reason, f"{file.label}, line {number}") for record, reason, number in lines),
            *((record, reason, f"{file.label}, row {number}") for number, reason, record in rows),
        ]


def check_columns(mapping: FileMapping, file: DataFile, rows: Rows) -> None:
    """Refuse a file that lacks a column.

    Raises:
        KetteError: It does; the message names the columns there are.
    """
    if not rows.names:
        return  # an empty file
    for name in mapping.wanted():
        if not rows.has(name):
            there = ", ".join(rows.names)
            near = hint(name, rows.names)
            meant = f"{near} " if near.startswith("Did") else ""
            raise KetteError(
                f"there is no column {name!r}",
                where=f"{mapping.where}: {file.path.name}",
                fix=f"{meant}The columns there are: {there[:500]}",
            )


def _judged(mapping: FileMapping, file: DataFile, rows: Rows) -> str:
    """Return the query that types and judges the rows in ``base``."""
    kinds = COLUMNS[mapping.kind]
    texts = {name: _text(mapping.columns.get(name), rows) for name in kinds}
    if mapping.currency:
        texts["currency_code"] = literal(mapping.currency)
    texts["currency_code"] = f"upper({texts['currency_code']})"
    typed = {name: _typed(mapping, rows, name, f't."{name}"') for name in kinds}
    key = ", ".join(rows.text(name) for name in mapping.key) or "null"
    plain = ",\n".join(f'{sql}::varchar as "{name}"' for name, sql in texts.items())
    values = ",\n".join(f'{sql} as "{name}"' for name, sql in typed.items())
    has_person = "t.identifier_value is not null"
    return f"""
with texts as (
    select {NUMBER}, {rows.problem()}::varchar as problem, ({rows.mended()}) as is_mended,
        {rows.record()}::varchar as record,
        {rows.record(mapping.wanted())}::varchar as properties,
        [{key}]::varchar[] as key_values,
        {plain}
    from base
),
typed as (
    select t.{NUMBER}, t.problem, t.is_mended, t.record, t.properties, t.key_values,
        {values},
        {_reason(mapping)} as reason
    from texts as t, lateral (select {values}) as v
),
numbered as (
    select *, row_number() over (partition by reason, record order by {NUMBER}) as repetition
    from typed
),
identified as (
    select *, {_row_id(mapping, file)} as row_id from numbered
)
select {NUMBER}, reason, record, coalesce(is_mended, false) as is_mended, row_id,
    reason is null
        and row_number() over (partition by reason, row_id order by {NUMBER} desc) = 1
        and row_id not in (select row_id from taken) as is_kept,
    {literal(mapping.name)} as mapping, {literal(file.label)} as file,
    {literal(mapping.source)} as source,
    case when {has_person} then {literal(mapping.identifier_type)} end as identifier_type,
    case when {has_person} then {literal(mapping.identifier_namespace)} end
        as identifier_namespace,
    {", ".join(quoted(name) for name in kinds)},
    properties
from identified as t"""  # noqa: S608 - names and literals are quoted


def _text(column: Column | None, rows: Rows) -> str:
    if column is None:
        return "null"
    if column.value is not None:
        return literal(column.value)
    parts = [rows.text(name) for name in column.names]
    return parts[0] if len(parts) == 1 else f"nullif(concat_ws(' ', {', '.join(parts)}), '')"


def _typed(mapping: FileMapping, rows: Rows, name: str, text: str) -> str:
    kind = COLUMNS[mapping.kind][name]
    if kind == "decimal":
        return _number(mapping, text)
    if kind == "timestamp":
        names = mapping.columns[name].names
        is_native = any(rows.is_time(source) for source in names)
        return _time(() if is_native else mapping.date_formats, text)
    return text


def _number(mapping: FileMapping, text: str) -> str:
    """Return the SQL of an amount: thousands are only taken off where they are grouped in threes."""
    point, group = (r"\.", ",") if mapping.decimal == "." else (",", r"[.]")
    group = f"[{group.strip('[]')}'  ]"
    form = rf"[+-]?(\d+|\d{{1,3}}({group}\d{{3}})+)?({point}\d*)?([eE][+-]?\d+)?"
    digits = f"replace(regexp_replace({text}, {literal(group)}, '', 'g'), ',', '.')"
    return (
        f"case when regexp_full_match({text}, {literal(form)}) "
        f"then try_cast({digits} as decimal(18, 4)) end"
    )


def _time(date_formats: tuple[str, ...], text: str) -> str:
    """Return the SQL of a moment; without an offset it is one of the mapping's time zone."""
    if date_formats:
        found = f"coalesce({', '.join(_formatted(text, name) for name in date_formats)})"
    else:
        spaced = f"regexp_replace({text}, {literal(SPACED_OFFSET)}, '\\1\\2')"
        iso = f"try_cast({spaced} as timestamptz)"
        found = f"case when regexp_full_match({text}, {literal(ISO_TIME)}) then {iso} end"
    return f"(select m from (select {found} as m) where m between {FIRST_TIME} and {LAST_TIME})"


def _formatted(text: str, date_format: str) -> str:
    if date_format in EPOCHS:
        digits = f"try_cast({text} as decimal(18, 3)) * {EPOCHS[date_format]}"
        return f"make_timestamptz(try_cast({digits} as bigint))"
    return f"try_strptime({text}, {literal(date_format)})::timestamptz"


def _reason(mapping: FileMapping) -> str:
    """Return the SQL of why a row is not loaded, null for one that is."""
    amount = AMOUNTS[mapping.kind]
    cases = (
        [
            f"when t.key_values is null or list_contains(list_transform(t.key_values, lambda one: one is null), true) then 'key: missing'"
        ]
        if mapping.key
        else []
    )  # noqa: E501, F541
    for name, kind in COLUMNS[mapping.kind].items():
        if name in REQUIRED[mapping.kind] and name != "identifier_value":
            cases.append(f"when t.\"{name}\" is null then '{name}: missing'")
        if kind != "text":
            wrong = "not a time" if kind == "timestamp" else "not a number"
            cases.append(
                f'when t."{name}" is not null and v."{name}" is null then \'{name}: {wrong}\''
            )
    cases += [
        f"when t.\"{amount}\" is not null and t.currency_code is null then 'currency_code: missing'",
        "when not regexp_full_match(t.currency_code, '[A-Z]{3}') "
        "then 'currency_code: not three letters'",
        f"when strlen(t.record) > {MAX_RECORD_BYTES} then 'larger than 1 MB'",
    ]
    if "direction" in COLUMNS[mapping.kind]:
        directions = literals(("inbound", "outbound"))
        cases.append(
            f"when t.direction not in ({directions}) then 'direction: neither inbound nor outbound'"
        )
    return f"coalesce(t.problem, case {' '.join(cases)} end)"


def _row_id(mapping: FileMapping, file: DataFile) -> str:
    """Return the SQL of a row's id.

    With a key it is the key's, in whichever of the mapping's files it stands. Without one each line
    is a row of its own: its text, counted where it repeats within its file.
    """
    if mapping.key:
        return f"md5(concat_ws({SEPARATOR}, {literal(mapping.name)}, array_to_string(key_values, {SEPARATOR})))"  # noqa: E501
    return f"md5(concat_ws({SEPARATOR}, {literal(file.label)}, record, repetition))"
