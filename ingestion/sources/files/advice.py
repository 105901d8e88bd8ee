"""What to write if a row cannot be loaded: one sentence for each reason, from the values at hand."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from ingestion.sources.files import amounts, header, moments
from ingestion.sources.files.contract import words
from ingestion.sources.files.mapping import hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from ingestion.sources.files.mapping import FileMapping

# the beginning of a reason, or its end behind the column, and what to write
FIXES = {
    "too many columns": "Put values that hold the delimiter in quotes, or check delimiter",
    "objects and lists nested": "Leave out of the file what nobody needs",
    "larger than 1 MB": "Leave out of the file what nobody needs",
    "invalid encoding": "Save the file as UTF-8, or write its encoding, e.g. encoding: windows-1252",
    "a quote opens": 'Close the quote, or write a quote within a value twice: ""',
    "a quote in this line": 'Put the whole value in quotes, and write a quote within it twice: ""',
    "no JSON object": "Write one object per line, or an array of objects",
    "no JSON": "Mend the line, or export the file again",
    "key: missing": "Write as key a column in which something stands in every row, or leave key out",
    "currency_code: not three letters": "Write three letters into the file, or currency: EUR",
}


def fix(
    connection: duckdb.DuckDBPyConnection,
    mapping: FileMapping,
    reason: str,
    values: Sequence[str],
    *,
    is_whole: bool = False,
) -> str:
    """Return what to write against a reason.

    Args:
        connection: Of any database.
        mapping: The rows were read with.
        reason: Why they are not loaded.
        values: What stands in the column at fault; none where no column is.
        is_whole: Whether no row of the file fits, so that the mapping is wrong rather than a row.
    """
    if is_whole and reason == "no JSON":
        return "Where it is CSV write format: csv in the mapping, else export it again"
    if said := next((said for start, said in FIXES.items() if reason.startswith(start)), None):
        return said
    column, _, why = reason.partition(": ")
    if why == "no time":
        # formats that read no row at all are none to keep
        return _of_times(connection, () if is_whole else mapping.date_formats, values)
    if why == "no number":
        return _of_numbers(connection, mapping, values)
    return (
        _of_words(column, values)
        if why.startswith("not ") and column in words()
        else _plain(mapping, column, why)
    )


def _plain(mapping: FileMapping, column: str, why: str) -> str:
    """Return what to write against a reason that no value has to be looked at for."""
    named = _named(mapping, column)
    if why == "missing":
        return f"Fill {named} in the file, or name another column for {column}"
    if why.startswith("not in "):
        return "Name the column of each row's currency as currency_code, or write another currency"
    if "KETTE_" in why:
        return f"Mend {named} in the file, or check date_formats: %y is a year of two digits"
    return "Mend it in the file"


def _of_times(
    connection: duckdb.DuckDBPyConnection, known: Sequence[str], values: Sequence[str]
) -> str:
    found = moments.find(connection, values)
    if found is None:
        return "Mend the date in the file, or add how it is written to date_formats"
    # those that the mapping reads stay; ISO 8601 is written out beside others
    names = found.names or ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
    if not found.names and not known:
        return "Leave date_formats out: ISO 8601 is read without"
    formats = ", ".join(map(json.dumps, dict.fromkeys([*known, *names])))
    return f"Write date_formats: [{formats}]"


def _of_numbers(
    connection: duckdb.DuckDBPyConnection, mapping: FileMapping, values: Sequence[str]
) -> str:
    other = "," if mapping.decimal == "." else "."
    number = amounts.value(f"({amounts.parts('one', other, is_money=True)})", "one", other, "false")
    read = connection.execute(
        f"select count(*), count({number}) from (select unnest(?) as one)",  # noqa: S608
        [list(values)],
    ).fetchone()
    if read and read[0] and read[0] == read[1]:
        return f'Write decimal: "{other}"'
    return "Mend the number in the file, or leave the cell empty where there is none"


def _of_words(column: str, values: Sequence[str]) -> str:
    known = words()[column]
    said = hint(values[0].casefold(), known) if values else f"Known are: {', '.join(known)}"
    return (
        f"{said}. Write a known word into the file, or {column}: {{value: {known[0]}}} for all rows"
    )


def _named(mapping: FileMapping, column: str) -> str:
    given = mapping.columns.get(column)
    return " and ".join(map(repr, given.names)) if given and given.names else column


def value(mapping: FileMapping, reason: str, record: str) -> str | None:
    """Return what stands in the column that a reason is about, None where it is about none."""
    try:
        content = json.loads(record)
    except (ValueError, RecursionError):
        return record
    if isinstance(content, str):
        return content
    if isinstance(content, dict) and set(content) == {"file", "line", "text"}:
        return str(content["text"])
    column = mapping.columns.get(reason.partition(":")[0])
    if not isinstance(content, dict) or column is None or not column.names:
        return None
    found = [_at(content, name) for name in column.names]
    texts = [str(one) for one in found if one is not None]
    return re.sub(r"\s+", " ", " ".join(texts)).strip() or None


def column(name: str, there: Sequence[str], *, is_json: bool) -> str:
    """Return which column may be meant where there is none of a name."""
    several = [other for other in there if re.fullmatch(re.escape(name) + r"_\d+", other)]
    if f"{name}_1" in several:
        return f"Several columns have this name: write {' or '.join(several[:9])}"
    if len(there) == 1 and (mark := next((mark for mark in ";\t,|" if mark in there[0]), None)):
        written = '"\\t"' if mark == "\t" else f'"{mark}"'
        return f"There is one column only: write delimiter: {written}"
    if not is_json and header.are_values(there):
        return "Its first line holds values: write a line with the names of the columns above it"
    near = hint(name, there)
    meant = f"{near} " if near.startswith("Did") else ""
    listed = "".join(one if one.isprintable() else "\ufffd" for one in ", ".join(there)[:500])
    inner = "; a field within an object is written outer/inner" if is_json else ""
    return f"{meant}The columns there are: {listed}{inner}"


def _at(content: object, name: str) -> object:
    """Return a field of a document, by its name or its path."""
    if isinstance(content, dict) and name in content:
        return content[name]
    first, _, rest = name.partition("/")
    plain = first.replace("~1", "/").replace("~0", "~")
    if not isinstance(content, dict) or plain not in content:
        return None
    return _at(content[plain], rest) if rest else content[plain]
