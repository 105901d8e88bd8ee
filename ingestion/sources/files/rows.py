"""From a file's rows to the contract: typed, keyed and judged in SQL.

Every row is either loaded, a repetition of a key, or rejected with the reason; nothing is guessed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.casts import MAX_RECORD_BYTES
from ingestion.erased import hashes_in_sql
from ingestion.errors import KetteError
from ingestion.settings import settings
from ingestion.sources.files import formats
from ingestion.sources.files.formats import NUMBER, literal, literals, quoted
from ingestion.sources.files.mapping import AMOUNTS, COLUMNS, REQUIRED, WORDS, Column, hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import pyarrow as pa

    from ingestion.sources.files.formats import Rows
    from ingestion.sources.files.mapping import DataFile, FileMapping

BATCH_ROWS = 50_000
# when so many rows fail and none passes, it is the mapping that is wrong
ALL_WRONG_ROWS = 20
SEPARATOR = "chr(31)"
# prefix of a contract column's text as the file gives it
GIVEN = "given_"
# year first, as ISO 8601 has it; other orders are only read by a mapping's date_formats
ISO_TIME = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T].*)?"
# what DuckDB would not read: a blank before the offset, an offset after minutes
SPACED_OFFSET = r"(\d) ([+-]\d{2}:?\d{2})$"
MINUTES_AND_OFFSET = r"([ T]\d{1,2}:\d{2})(Z|[+-].*)$"
A_DAY = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
# what of strptime's letters tells a time of day
TIMES_OF_DAY = re.compile(r"%-?[HIMSfcXTRrs]")
EPOCHS = {"epoch": 1_000_000, "epoch_ms": 1_000}
FIRST_TIME, LAST_TIME = "timestamptz '0001-01-02 00:00:00Z'", "timestamptz '9999-12-30 00:00:00Z'"


@dataclass(frozen=True)
class Outcome:
    """What became of a file's rows; the pages are read while this is in hand."""

    passed: int
    deduped: int
    suppressed: int
    cleaned: int
    rejected: list[tuple[str, str, str]]


class Table:
    """The rows of one file after another, in a database of their own.

    Args:
        connection: Of an empty database that may use the disk.
        columns: Names of the raw table's columns, in order.
        suppressions: Hashes of identifiers that must not be loaded, as the gate makes them.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        columns: tuple[str, ...],
        suppressions: frozenset[str] = frozenset(),
    ) -> None:
        self._connection = connection
        self._columns = columns
        self._suppressions = suppressions
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
            query = _judged(mapping, file, rows, self._suppressions)
            connection.execute(f"create or replace temp table judged as {query}")
        finally:
            connection.execute("set TimeZone = 'UTC'")
        rejected = self._rejected(file)
        outcome = Outcome(
            *self._numbers(
                "count(*) filter (is_kept), count(*) filter (not is_kept and not is_suppressed), "
                "count(*) filter (is_suppressed), count(*) filter (is_kept and is_mended)"
            ),
            rejected,
        )
        if len(rejected) >= ALL_WRONG_ROWS and not outcome.passed + outcome.deduped:
            raise KetteError(
                f"none of its {len(rejected)} rows fits, the first because of: {rejected[0][1]}",
                where=f"{mapping.where}: {file.path.name}",
                fix="Check columns, date_formats, decimal and delimiter in the mapping",
            )
        if mapping.key:
            connection.execute("insert into taken select row_id from judged where is_kept")
        return outcome

    def pages(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of the file just read, in the shape of the raw table."""
        wanted = ", ".join(quoted(name) for name in self._columns)
        yield from self._connection.execute(
            f"select {wanted} from judged where is_kept order by {NUMBER}"  # noqa: S608
        ).to_arrow_reader(BATCH_ROWS)

    def _numbers(self, expressions: str) -> tuple[int, int, int, int]:
        found = self._connection.execute(
            f"select {expressions} from judged where reason is null"  # noqa: S608
        ).fetchall()
        passed, deduped, suppressed, cleaned = found[0]
        return passed, deduped, suppressed, cleaned

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


def _judged(mapping: FileMapping, file: DataFile, rows: Rows, suppressions: frozenset[str]) -> str:
    """Return the query that types and judges the rows in ``base``."""
    kinds = COLUMNS[mapping.kind]
    texts = {name: _text(mapping.columns.get(name), rows) for name in kinds}
    if mapping.currency:
        texts["currency_code"] = literal(mapping.currency)
    texts["currency_code"] = f"upper({texts.get('currency_code', 'null')})"
    given = ",\n".join(f'{sql}::varchar as "{GIVEN}{name}"' for name, sql in texts.items())
    typed = ",\n".join(f'{_typed(mapping, rows, name)} as "{name}"' for name in kinds)
    key = ", ".join(rows.text(name) for name in mapping.key)
    person = "identifier_value is not null"
    currency = "null"
    if amount := AMOUNTS.get(mapping.kind):
        currency = f"case when {amount} is not null then currency_code end"
    # with a key the last row of it counts, without one a row that repeats is counted up
    repetition = f"row_number() over (partition by record order by {NUMBER})"
    is_last = "true"
    if mapping.key:
        repetition = "1"
        latest = f"row_number() over (partition by reason, row_id order by {NUMBER} desc) = 1"
        is_last = f"{latest} and row_id not in (from taken select row_id)"
    plain = [quoted(name) for name in kinds if name != "currency_code"]
    return f"""
with texts as (
    select {NUMBER}, ({rows.problem()})::varchar as problem,
        coalesce({rows.mended()}, false) as is_mended,
        ({rows.record()})::varchar as record,
        ({rows.record(mapping.wanted())})::varchar as properties,
        [{key}]::varchar[] as key_values,
        {_suppressed(rows, suppressions)} as is_suppressed,
        {given}
    from base
),
typed as (
    select *, {typed}
    from texts
),
reasoned as (
    select *, {_reason(mapping)} as reason, {repetition} as repetition
    from typed
),
identified as (
    select *, {_row_id(mapping, file)} as row_id
    from reasoned
)
select {NUMBER}, reason, is_mended or {_is_rounded(mapping)} as is_mended, is_suppressed, row_id,
    case when reason is not null then record end as record,
    reason is null and not is_suppressed and {is_last} as is_kept,
    {literal(mapping.name)} as mapping,
    {literal(file.label)} as file,
    {literal(mapping.source)} as source,
    case when {person} then {literal(mapping.identifier_type)} end as identifier_type,
    case when {person} then {literal(mapping.identifier_namespace)} end as identifier_namespace,
    {currency} as currency_code,
    {", ".join(plain)},
    properties
from identified"""  # noqa: S608 - names and literals are quoted


def _suppressed(rows: Rows, suppressions: frozenset[str]) -> str:
    """Return the SQL that tells whether a row names somebody who must not be loaded."""
    if not suppressions or not rows.names:
        return "false"
    texts = ", ".join(rows.text(name) for name in rows.names)
    hashed = f"flatten(list_transform([{texts}], lambda one: {hashes_in_sql('one', suppressions)}))"
    return f"list_has_any({hashed}, [{literals(suppressions)}])"


def _text(column: Column | None, rows: Rows) -> str:
    if column is None:
        return "null"
    if column.value is not None:
        return literal(column.value)
    parts = [rows.text(name) for name in column.names]
    return parts[0] if len(parts) == 1 else f"nullif(concat_ws(' ', {', '.join(parts)}), '')"


def _typed(mapping: FileMapping, rows: Rows, name: str) -> str:
    kind, given = COLUMNS[mapping.kind][name], quoted(GIVEN + name)
    if kind == "decimal":
        return _number(mapping, given)
    if kind == "timestamp":
        column = mapping.columns.get(name, Column())
        is_native = any(rows.is_time(source) for source in column.names)
        return _time(() if is_native else mapping.date_formats, given)
    return given


def _number(mapping: FileMapping, text: str) -> str:
    """Return the SQL of an amount: marks between thousands must stand where they belong."""
    point, mark = _marks(mapping)
    form = rf"[+-]?(\d+|\d{{1,3}}({mark}\d{{3}})+)?([{point}]\d*)?([eE][+-]?\d+)?"
    plain = f"replace(regexp_replace({text}, {literal(mark)}, '', 'g'), ',', '.')"
    is_number = f"regexp_full_match({text}, {literal(form)})"
    return f"case when {is_number} then try_cast({plain} as decimal(18, 4)) end"


def _marks(mapping: FileMapping) -> tuple[str, str]:
    """Return what stands before the decimals of a number, and what may between its thousands."""
    point, comma = (".", ",") if mapping.decimal == "." else (",", ".")
    return point, f"[{comma}' \u00a0\u202f]"


def _is_rounded(mapping: FileMapping) -> str:
    """Return the SQL that tells whether an amount has more decimals than its column."""
    point, _ = _marks(mapping)
    beyond = literal(rf"[{point}]\d{{4}}\d*[1-9]")
    amounts = [name for name, kind in COLUMNS[mapping.kind].items() if kind == "decimal"]
    found = [f"regexp_matches({quoted(GIVEN + name)}, {beyond})" for name in amounts]
    return f"coalesce({' or '.join(found)}, false)" if found else "false"


def _time(date_formats: tuple[str, ...], text: str) -> str:
    """Return the SQL of a moment; without an offset it is one of the mapping's time zone.

    A day without a time is one by the company's own clock: it must not fall into another.
    """
    if date_formats:
        return f"coalesce({', '.join(_formatted(text, name) for name in date_formats)})"
    joined = f"regexp_replace({text}, {literal(SPACED_OFFSET)}, '\\1\\2')"
    whole = f"regexp_replace({joined}, {literal(MINUTES_AND_OFFSET)}, '\\1:00\\2')"
    is_iso = f"regexp_full_match({text}, {literal(ISO_TIME)})"
    is_day = f"regexp_full_match({text}, {literal(A_DAY)})"
    day = _start_of_day(f"try_cast({text} as timestamp)")
    return f"case when {is_day} then {day} when {is_iso} then try_cast({whole} as timestamptz) end"


def _formatted(text: str, date_format: str) -> str:
    if date_format in EPOCHS:
        count = f"round(try_cast({text} as double) * {EPOCHS[date_format]})"
        return f"make_timestamptz(try_cast({count} as bigint))"
    moment = f"try_strptime({text}, {literal(date_format)})"
    is_day = not TIMES_OF_DAY.search(date_format)
    return _start_of_day(moment) if is_day else f"{moment}::timestamptz"


def _start_of_day(day: str) -> str:
    return f"timezone({literal(settings().time_zone)}, {day})"


def _reason(mapping: FileMapping) -> str:
    """Return the SQL of why a row is not loaded, null for one that is."""
    cases = []
    if mapping.key:
        gaps = "list_filter(key_values, lambda one: one is null)"
        cases.append(f"when len({gaps}) > 0 then 'key: missing'")
    for name, kind in COLUMNS[mapping.kind].items():
        given = quoted(GIVEN + name)
        if name in REQUIRED[mapping.kind] and name != "identifier_value":
            cases.append(f"when {given} is null then '{name}: missing'")
        if kind == "decimal":
            cases.append(f"when {given} is not null and {name} is null then '{name}: no number'")
        if kind == "timestamp":
            is_time = f"coalesce({name} between {FIRST_TIME} and {LAST_TIME}, false)"
            cases.append(f"when {given} is not null and not {is_time} then '{name}: no time'")
    if amount := AMOUNTS.get(mapping.kind):
        is_currency = "regexp_full_match(coalesce(currency_code, ''), '[A-Z]{3}')"
        reason = "'currency_code: not three letters'"
        cases.append(f"when {amount} is not null and not {is_currency} then {reason}")
    cases.append(f"when strlen(record) > {MAX_RECORD_BYTES} then 'larger than 1 MB'")
    for name in WORDS.keys() & COLUMNS[mapping.kind].keys():
        reason = literal(f"{name}: not {' or '.join(WORDS[name])}")
        cases.append(f"when {name} not in ({literals(WORDS[name])}) then {reason}")
    return f"coalesce(problem, case {' '.join(cases)} end)"


def _row_id(mapping: FileMapping, file: DataFile) -> str:
    """Return the SQL of a row's id.

    With a key it is the key's, in whichever of the mapping's files it stands. Without one each line
    is a row of its own: its text, counted where it repeats within its file.
    """
    parts = [literal(file.label), "record", "repetition"]
    if mapping.key:
        parts = [literal(mapping.name), f"array_to_string(key_values, {SEPARATOR})"]
    return f"md5(concat_ws({SEPARATOR}, {', '.join(parts)}))"
