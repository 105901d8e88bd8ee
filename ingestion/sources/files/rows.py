"""From a file's rows to the contract: typed, keyed and judged in SQL.

Every row is either loaded, a repetition of a key, or rejected with the reason; nothing is guessed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingestion.control.suppression import hashes_in_sql
from ingestion.errors import KetteError
from ingestion.records import window
from ingestion.records.casts import MAX_RECORD_BYTES
from ingestion.sources.files import advice, amounts, dates
from ingestion.sources.files.contract import AMOUNTS, COLUMNS, JSON, REQUIRED, SCORE, words
from ingestion.sources.files.formats import NUMBER, REJECTED, literal, literals, quoted
from ingestion.sources.files.plain import place

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import pyarrow as pa

    from ingestion.sources.files.formats import Rows
    from ingestion.sources.files.mapping import Column, DataFile, FileMapping

MEMORY = "1GB"
BATCH_ROWS, BATCH_REJECTS = 50_000, 1_000
SEPARATOR = "chr(31)"
# prefix of a contract column's text as the file gives it
GIVEN = "given_"
# of the parts of its number, and of whether it has its type in the file itself
PARTS, NATIVE = "parts_", "native_"


@dataclass(frozen=True)
class Outcome:
    """What became of a file's rows; the pages are read while this is in hand."""

    passed: int
    deduped: int
    suppressed: int
    cleaned: int
    rejected: int


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
        self._connection.execute("drop table if exists held")

    def read(self, mapping: FileMapping, file: DataFile, rows: Rows) -> Outcome:
        """Judge the rows of a file that is to be loaded.

        Raises:
            KetteError: A column is missing, or no row at all fits the mapping.
        """
        outcome = self.judge(mapping, file, rows)
        if error := self.nothing_fits(mapping, file, outcome):
            raise error
        if mapping.key:
            self._connection.execute("insert into taken select row_id from judged where is_kept")
        return outcome

    def judge(self, mapping: FileMapping, file: DataFile, rows: Rows) -> Outcome:
        """Judge the rows of a file.

        Raises:
            KetteError: A column is missing.
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
        return Outcome(
            *self._numbers(
                "count(*) filter (is_kept)",
                "count(*) filter (reason is null and not is_kept and not is_suppressed)",
                "count(*) filter (reason is null and is_suppressed)",
                "count(*) filter (is_kept and is_mended)",
                f"count(reason) + (select count(*) from {REJECTED})",  # noqa: S608
            )
        )

    def pages(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of the file just read, in the shape of the raw table."""
        yield from self._connection.execute(self._kept()).to_arrow_reader(BATCH_ROWS)

    def hold(self) -> None:
        """Put the rows of the file just read aside, until the mapping's other files are read."""
        self._connection.execute(f"create temp table if not exists held as {self._kept()} limit 0")
        self._connection.execute(f"insert into held {self._kept()}")

    def held(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows that were put aside, in the shape of the raw table."""
        if self._connection.execute("from duckdb_tables() where table_name = 'held'").fetchone():
            yield from self._connection.execute("from held").to_arrow_reader(BATCH_ROWS)

    def _kept(self) -> str:
        wanted = ", ".join(quoted(name) for name in self._columns)
        return f"select {wanted} from judged where is_kept order by {NUMBER}"  # noqa: S608

    def rejected(self, file: DataFile) -> Iterator[tuple[str, str, str]]:
        """Yield record, reason and key of what of the file just read cannot be loaded."""
        for number, reason, text in self._all(
            f"select line, reason, text from {REJECTED} order by line"  # noqa: S608
        ):
            record = json.dumps({"file": file.label, "line": number, "text": text})
            yield record, reason, f"{file.label}, line {number}"
        for at, reason, record in self._all(
            f"select place, reason, record from judged where reason is not null order by {NUMBER}"  # noqa: S608
        ):
            yield record, reason, f"{file.label}, {at}"

    def _all(self, query: str) -> Iterator[tuple[Any, ...]]:
        # a cursor of its own would not see temporary tables
        found = self._connection.execute(query).to_arrow_reader(BATCH_REJECTS)
        for batch in list(found):
            yield from (tuple(row.values()) for row in batch.to_pylist())

    def _numbers(self, *expressions: str) -> list[int]:
        query = f"select {', '.join(expressions)} from judged"  # noqa: S608
        return list(self._connection.execute(query).fetchall()[0])

    def nothing_fits(
        self, mapping: FileMapping, file: DataFile, outcome: Outcome
    ) -> KetteError | None:
        """Return the error of a file of which no row can be loaded, with the commonest reasons."""
        count = outcome.rejected
        if not count or outcome.passed + outcome.deduped + outcome.suppressed:
            return None
        refused = (
            f"select reason, place, {NUMBER} as number, record from judged where reason is not null "  # noqa: S608
            f"union all select reason, 'line ' || line, line, to_json(text)::varchar from {REJECTED}"
        )
        reasons = self._connection.execute(
            f"select reason, arg_min(place, number), list(record order by number)[:{BATCH_REJECTS}] "  # noqa: S608
            f"from ({refused}) group by reason order by count(*) desc, min(number) limit 3"
        ).fetchall()
        told = "; ".join(f"{reason} ({at})" for reason, at, _ in reasons)
        rows = "its only row does not fit" if count == 1 else f"none of its {count:,} rows fits"
        reason, _, records = reasons[0]
        values = [advice.value(mapping, reason, record) for record in records]
        found = list(filter(None, values))
        return KetteError(
            f"{rows}: {told}",
            where=place(mapping, file),
            fix=advice.fix(self._connection, mapping, reason, found, is_whole=True),
        )


def check_columns(mapping: FileMapping, file: DataFile, rows: Rows) -> None:
    """Refuse a file that lacks a column.

    Raises:
        KetteError: It does; the message says which columns there are, and which one may be meant.
    """
    if not rows.names:
        return  # an empty file
    for name in mapping.wanted():
        if not rows.has(name):
            raise KetteError(
                f"there is no column {name!r}",
                where=place(mapping, file),
                fix=advice.column(name, rows.names, is_json=file.format == JSON),
            )


def _judged(mapping: FileMapping, file: DataFile, rows: Rows, suppressions: frozenset[str]) -> str:
    """Return the query that types and judges the rows in ``base``."""
    kinds = COLUMNS[mapping.kind]
    texts = {name: _text(mapping.columns.get(name), rows) for name in kinds}
    if mapping.currency:
        texts["currency_code"] = literal(mapping.currency)
    texts["currency_code"] = f"upper({texts.get('currency_code', 'null')})"
    given = ",\n".join(f'{sql}::varchar as "{GIVEN}{name}"' for name, sql in texts.items())
    parts = "".join(f',\n{_parts(mapping, name)} as "{PARTS}{name}"' for name in _numbers(mapping))
    typed = ",\n".join(f'{_typed(mapping, name)} as "{name}"' for name in kinds)
    native = "".join(
        f',\n{_native(mapping.columns.get(name), kind, rows)} as "{NATIVE}{name}"'
        for name, kind in kinds.items()
        if kind in {"decimal", "timestamp"}
    )
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
    select {NUMBER}, {rows.place()} as place, ({rows.problem()})::varchar as problem,
        coalesce({rows.mended()}, false) as is_mended,
        ({rows.record()})::varchar as record,
        ({rows.record(mapping.wanted())})::varchar as properties,
        [{key}]::varchar[] as key_values,
        {_suppressed(rows, suppressions)} as is_suppressed,
        {given}{native}
    from base
),
taken_apart as (
    select *{parts}
    from texts
),
typed as (
    select *, {typed}
    from taken_apart
),
reasoned as (
    select *, {_reason(mapping)} as reason, {repetition} as repetition
    from typed
),
identified as (
    select *, {_row_id(mapping, file)} as row_id
    from reasoned
)
select {NUMBER}, place, reason, is_mended or {_is_rounded(mapping)} as is_mended, is_suppressed, row_id,
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
    each = f"lambda one: {hashes_in_sql('one', suppressions)}"
    hashed = f"flatten(list_transform({rows.texts()}, {each}))"
    return f"list_has_any({hashed}, [{literals(suppressions)}])"


def _text(column: Column | None, rows: Rows) -> str:
    if column is None:
        return "null"
    if column.value is not None:
        return literal(column.value)
    parts = [rows.text(name) for name in column.names]
    return parts[0] if len(parts) == 1 else f"nullif(concat_ws(' ', {', '.join(parts)}), '')"


def _numbers(mapping: FileMapping) -> list[str]:
    return [name for name, kind in COLUMNS[mapping.kind].items() if kind == "decimal"]


def _parts(mapping: FileMapping, name: str) -> str:
    return amounts.parts(
        quoted(GIVEN + name),
        mapping.decimal,
        is_money=name == AMOUNTS.get(mapping.kind),
        with_words=name == SCORE,
    )


def _typed(mapping: FileMapping, name: str) -> str:
    kind, given = COLUMNS[mapping.kind][name], quoted(GIVEN + name)
    if kind == "decimal":
        return amounts.value(quoted(PARTS + name), given, mapping.decimal, quoted(NATIVE + name))
    if kind == "timestamp":
        return dates.moment(mapping.date_formats, given, quoted(NATIVE + name))
    return given


def _native(column: Column | None, kind: str, rows: Rows) -> str:
    """Return the SQL that tells whether a value has its type in the file itself."""
    names = column.names if column else ()
    tests = [rows.is_number(name) if kind == "decimal" else rows.is_moment(name) for name in names]
    return " and ".join(tests) or "false"


def _is_rounded(mapping: FileMapping) -> str:
    """Return the SQL that tells whether an amount has more decimals than its column."""
    point, _ = amounts.marks(mapping.decimal)
    beyond = literal(rf"{point}\d{{4}}\d*[1-9]")
    found = [f"regexp_matches({quoted(GIVEN + name)}, {beyond})" for name in _numbers(mapping)]
    return f"coalesce({' or '.join(found)}, false)" if found else "false"


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
            cases.extend(_wrong_number(mapping, name, given))
        if kind == "timestamp":
            cases.append(f"when {given} is not null and {name} is null then '{name}: no time'")
            outside = window.outside(name, window.happened())
            cases.extend(f"when {test} then {literal(f'{name}: {why}')}" for test, why in outside)
    if amount := AMOUNTS.get(mapping.kind):
        is_currency = "regexp_full_match(coalesce(currency_code, ''), '[A-Z]{3}')"
        reason = "'currency_code: not three letters'"
        cases.append(f"when {amount} is not null and not {is_currency} then {reason}")
    cases.append(f"when strlen(record) > {MAX_RECORD_BYTES} then 'larger than 1 MB'")
    cases.extend(_unknown_words(mapping))
    return f"coalesce(problem, case {' '.join(cases)} end)"


def _unknown_words(mapping: FileMapping) -> Iterator[str]:
    for name, known in words().items():
        if name in mapping.columns:
            reason = literal(f"{name}: not {' or '.join(known)}")
            yield f"when {name} not in ({literals(known)}) then {reason}"


def _wrong_number(mapping: FileMapping, name: str, given: str) -> Iterator[str]:
    if name == AMOUNTS.get(mapping.kind):
        other = amounts.is_other(amounts.sign(quoted(PARTS + name)), "currency_code")
        currency = mapping.currency or "the currency of its row"
        reason = literal(f"{name}: not in {currency}")
        yield f"when {quoted(PARTS + name)}.digits <> '' and {other} then {reason}"
    yield f"when {given} is not null and {name} is null then '{name}: no number'"


def _row_id(mapping: FileMapping, file: DataFile) -> str:
    """Return the SQL of a row's id.

    With a key it is the key's, in whichever of the mapping's files it stands. Without one each line
    is a row of its own: its text, counted where it repeats within its file.
    """
    parts = [literal(file.label), "record", "repetition"]
    if mapping.key:
        parts = [literal(mapping.name), f"array_to_string(key_values, {SEPARATOR})"]
    return f"md5(concat_ws({SEPARATOR}, {', '.join(parts)}))"
