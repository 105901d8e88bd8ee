"""A mapping proposed for a file: text ready to save, with a comment at each guess."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import yaml

from ingestion.errors import KetteError
from ingestion.settings import settings
from ingestion.sources.files import facts, header, reading, shape
from ingestion.sources.files.candidates import Candidates
from ingestion.sources.files.contract import CSV, GLOBAL_TYPES, JSON
from ingestion.sources.files.roles import Roles, choose

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from ingestion.sources.files.facts import Fact
    from ingestion.sources.files.shape import Shape

# what is no plain word of YAML
PLAIN = re.compile(r"[A-Za-z_][\w /.-]*", re.ASCII)
WHAT = {
    "ordered_at": "the time",
    "answered_at": "the time",
    "occurred_at": "the time",
    "identifier_value": "the person or company, such as an e-mail address",
    "order_id": "the number of the order",
    "order_amount": "the amount",
}


@dataclass(frozen=True)
class Proposal:
    """A mapping's text, and what nobody but its author can say: contract columns and what they are."""

    text: str
    missing: tuple[str, ...]
    names: tuple[str, ...]

    def gap(self) -> KetteError | None:
        """Return what has to be written before anything can be loaded, None where nothing has."""
        if not self.missing:
            return None
        role = self.missing[0]
        there = ", ".join(self.names)[:300]
        return KetteError(
            f"no column was found that is {WHAT[role]}",
            where=f"columns.{role}",
            fix=f"Write which one it is; the columns there are: {there}",
        )


def propose(
    path: Path,
    folder: Path,
    *,
    sheet: str | None = None,
    kind: str | None = None,
    taken: Collection[str] = (),
) -> Proposal:
    """Return a mapping for a file that none describes.

    Args:
        path: The file.
        folder: For what has to be unpacked.
        sheet: Of a workbook.
        kind: Of the records; without it the likeliest.
        taken: Names of other mappings.

    Raises:
        KetteError: The file cannot be read, or is no table with a header.
    """
    found = shape.find(path, folder, sheet)
    with duckdb.connect(str(folder / "looked_at.duckdb")) as connection:
        read = reading.read(connection, found.mapping(), found.file, folder)
        columns = facts.gather(connection, read.rows, is_json=found.file.format == JSON)
        lies_within = found.file.format == JSON and connection.execute("from base").fetchone()
        if lies_within and not columns:
            raise KetteError(
                "no field of its objects holds a text or a number",
                where=path.name,
                fix="Where a field holds the list of rows, save that list alone as JSON",
            )
        _check_table(found, columns)
        title = f"{_stem(path)} {sheet or ''}"
        there = Candidates(connection, columns, title)
        # semicolons stand between cells where the comma stands before decimals
        roles = choose(there, kind, is_comma_likely=found.delimiter == ";")
    name = there.name
    while name in taken:
        name += "_2"
    text = "\n".join(_lines(found, roles, name, columns)) + "\n"
    return Proposal(text, tuple(roles.missing), tuple(one.name for one in columns))


def _stem(path: Path) -> str:
    """Return a file's name without its suffixes and without the digits that end it."""
    return re.sub(r"[\d_\W]+$", "", path.name.split(".", 1)[0]) or "file"


def _check_table(found: Shape, columns: list[Fact]) -> None:
    where = found.file.path.name
    if not columns or not columns[0].rows:
        raise KetteError(
            "there is no row in it", where=where, fix="Try a file that holds at least one"
        )
    if found.file.format != JSON and header.are_values([one.name for one in columns]):
        raise KetteError(
            "its first row holds values and no names of columns",
            where=where,
            fix="Write a line with the names of the columns above it",
        )


def _lines(found: Shape, roles: Roles, name: str, columns: list[Fact]) -> Iterator[str]:
    yield _line("name", name)
    yield _line("kind", roles.kind, roles.remarks.get("kind"))
    yield _line("path", str(found.file.path.absolute()).replace("$", "$$"))
    yield from _of_shape(found, roles)
    yield from _of_values(roles)
    yield from _of_person(roles, name)
    yield "columns:"
    for role in roles.ordered():
        if role in roles.values:
            given = f"{{value: {_scalar(roles.values[role])}}}"
        else:
            names = [_scalar(one) for one in roles.columns[role]]
            given = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
        yield _commented(f"  {role}: {given}", roles.remarks.get(role))
    for role in roles.missing:
        yield f"  # {role}: write here which column is {WHAT[role]}"
    wanted = roles.wanted()
    if rest := [one.name for one in columns if one.name not in wanted]:
        kept = f"kept as they are, in the properties: {', '.join(rest)[:300]}"
        yield _commented("", kept).strip()


def _of_shape(found: Shape, roles: Roles) -> Iterator[str]:
    """Yield what a load could not tell from the file's name and bytes."""
    said = {
        "format": found.format,
        "delimiter": found.delimiter if found.file.format == CSV else None,
        "encoding": found.encoding,
        "sheet": found.sheet if "sheet" in found.guesses else None,
    }
    for key, value in said.items():
        if value:
            yield _line(key, value, found.guesses.get(key))
    if found.header and not shape.stands_first(found, roles.wanted()):
        yield f"skip: {found.header}  # lines above the header"


def _of_values(roles: Roles) -> Iterator[str]:
    """Yield how numbers and times are written."""
    if roles.decimal != "." or "decimal" in roles.remarks:
        yield _line("decimal", roles.decimal, roles.remarks.get("decimal"))
    if roles.date_formats:
        formats = ", ".join(json.dumps(one) for one in roles.date_formats)
        yield _commented(f"date_formats: [{formats}]", roles.remarks.get("date_formats"))
    if roles.time_zone:
        yield _line("time_zone", roles.time_zone, "as the name of the column says")
        return
    zone = settings().time_zone
    yield f"# times without an offset are of {zone} (KETTE_TIME_ZONE); of another: time_zone"


def _of_person(roles: Roles, name: str) -> Iterator[str]:
    """Yield what identifies a row, and whom it is about."""
    if roles.key:
        yield _line("key", roles.key, "one row per value of it; the last one counts")
    else:
        yield "# no key: no column with a number has a value of its own in each row"
    yield "identifier:"
    yield f"  {_line('type', roles.identifier)}"
    if roles.identifier not in GLOBAL_TYPES:
        yield f"  # namespace: {name}, unless another system that Kette reads gives these out"
    if roles.currency:
        yield _line("currency", roles.currency, roles.remarks.get("currency"))


def _line(key: str, value: str, remark: str | None = None) -> str:
    return _commented(f"{key}: {_scalar(value)}", remark)


def _commented(line: str, remark: str | None) -> str:
    if not remark:
        return line
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in remark).split())
    return f"{line}  # {plain}"


def _scalar(text: str) -> str:
    """Return a text as YAML reads it back."""
    if PLAIN.fullmatch(text) and yaml.safe_load(text) == text:
        return text
    written = json.dumps(text, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else _escape(letter) for letter in written)


def _escape(letter: str) -> str:
    return f"\\U{ord(letter):08x}"
