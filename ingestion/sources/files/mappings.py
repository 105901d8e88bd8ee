"""Mapping files: YAML that says what a data file holds and which column is which.

A mapping is checked completely before any data is read. Every message names the mapping file and the
line, and says what to write if it may be a slip. A wrong mapping turns off only itself. The format is
described in ``docs/sources/files.md``.
"""

from __future__ import annotations

import codecs
import contextlib
import re
import zoneinfo
from dataclasses import dataclass
from pathlib import Path

from ingestion.errors import KetteError
from ingestion.settings import CHECKOUT, settings, substitute
from ingestion.sources.files import amounts, dates, yamltext
from ingestion.sources.files.checked import Checked
from ingestion.sources.files.contract import (
    AMOUNTS,
    COLUMNS,
    FORMATS,
    GLOBAL_TYPES,
    IDENTIFIER_TYPES,
    REQUIRED,
    words,
)
from ingestion.sources.files.mapping import Column, FileMapping, hint, matching
from ingestion.sources.files.plain import is_unicode

KEYS = (
    *("name", "kind", "source", "path", "format", "delimiter", "encoding", "decimal"),
    *("time_zone", "date_formats", "identifier", "key", "currency", "columns"),
    *("sheet", "skip"),
)
# encodings of Python that are none of files
NOT_OF_FILES = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}
MOST_SKIPPED = 1_000_000
# how people write a delimiter, and what they mean
DELIMITERS = {
    **dict.fromkeys(("\\t", "tab", "tabulator", "tabs"), '"\\t"'),
    **dict.fromkeys(("semicolon", "semikolon", "strichpunkt", ";;"), '";"'),
    **dict.fromkeys(("comma", "komma"), '","'),
    **dict.fromkeys(("pipe", "||"), '"|"'),
}
NO_DELIMITERS = '"\r\n\0 \ufeff'


@dataclass(frozen=True)
class Wrong:
    """A mapping file that cannot be used; of one that does not say its kind the first kind tells."""

    kind: str
    error: KetteError


@dataclass(frozen=True)
class Mappings:
    """The mapping files of a setting: those that can be used, and what is wrong with the others."""

    usable: tuple[FileMapping, ...]
    wrong: tuple[Wrong, ...]


def load_mappings(setting: str) -> Mappings:
    """Read the mapping files that a setting names: a file, a folder of them or a pattern.

    Raises:
        KetteError: There is none.
    """
    pattern = CHECKOUT / Path(substitute(setting)).expanduser()
    if pattern.is_dir():
        found = sorted([*pattern.glob("*.yml"), *pattern.glob("*.yaml")])
    else:
        found = matching(str(pattern))
    if not found:
        raise KetteError(
            f"there is no mapping file at {setting}",
            where="SOURCES__FILES__MAPPINGS",
            fix="Name a mapping file, a folder of them or a pattern; see docs/sources/files.md",
        )
    read: dict[str, FileMapping] = {}
    wrong = []
    for path in found:
        try:
            mapping = read_mapping(path)
        except KetteError as error:
            wrong.append(Wrong(_kind(path), error))
            continue
        other = read.setdefault(mapping.name, mapping)
        if other is not mapping:
            what = f"the name {mapping.name!r} is taken by {other.where}"
            fix = "Give each mapping a name of its own"
            wrong.append(Wrong(mapping.kind, KetteError(what, where=mapping.where, fix=fix)))
    return Mappings(tuple(read.values()), tuple(wrong))


def read_mapping(path: Path) -> FileMapping:
    """Read and check one mapping file.

    Raises:
        KetteError: It is wrong; the message says what and how to mend it.
    """
    where = f"files mapping {path.name}"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError):
        raise KetteError(
            "it cannot be read",
            where=where,
            fix="Save it as text in UTF-8, where Kette may read it",
        ) from None
    return parsed(text, where, path.parent)


def _kind(path: Path) -> str:
    """Return the kind of a mapping file of which all else may be wrong."""
    first, *_ = COLUMNS
    with contextlib.suppress(OSError, ValueError):
        text = path.read_text(encoding="utf-8-sig")
        said = re.search(r"^kind *: *[\"']?(\w+)", text, re.MULTILINE)
        return said[1] if said and said[1] in COLUMNS else first
    return first


def parsed(text: str, where: str, folder: Path) -> FileMapping:
    """Return the mapping that a text describes.

    Raises:
        KetteError: It is wrong; the message says what and how to mend it.
    """
    return _Mapping(where, yamltext.load(text, where), KEYS).mapping(folder)


class _Columns(Checked):
    """The part of a mapping that says which column is which."""

    def column(self, name: str, kind: str) -> Column:
        """Return where a contract column comes from."""
        given = self.content[name]
        if given is None:
            raise self.error(
                f"{self.part}{name} is empty",
                "Write which column of the file it is, or leave it out",
                key=name,
            )
        if not isinstance(given, dict):
            names = self.texts(name)
            if not names:
                raise self.error(
                    f"{self.part}{name} names no column", "Name one, or leave it out", key=name
                )
            return Column(names=names)
        inner = Checked(self.where, given, ("value",), f"{self.part}{name}", self.line_of(name))
        constant = inner.content.get("value")
        if isinstance(constant, bool) or not isinstance(constant, str | int | float):
            raise self.error(
                f"{self.part}{name}.value must be a text",
                f'Put it in quotes: {name}: {{value: "…"}}',
                key=name,
            )
        text = str(constant)
        known = words().get(name)
        if known and text not in known:
            raise self.error(f"{self.part}{name} cannot be {text!r}", hint(text, known), key=name)
        if kind == "decimal" and not _is_number(text):
            raise self.error(
                f"{self.part}{name}.value is no number", "Write it as 1234.5", key=name
            )
        if not is_unicode(text):
            raise self.error(
                f"{self.part}{name}.value holds a character that no text has", key=name
            )
        return Column(value=text)


class _Mapping(Checked):
    """A whole mapping file."""

    def mapping(self, folder: Path) -> FileMapping:
        """Return the whole mapping, checked."""
        name = self.text("name")
        if not name.replace("_", "").isalnum() or not name.isascii():
            raise self.error(
                "name may hold letters, digits and underscores only",
                "Write e.g. name: orders_2026",
                key="name",
            )
        kind = self.choice("kind", COLUMNS)
        identifier = Checked(
            self.where,
            self.content.get("identifier"),
            ("type", "namespace"),
            "identifier",
            self.line_of("identifier"),
        )
        identifier_type = identifier.choice("type", IDENTIFIER_TYPES)
        namespace = "global" if identifier_type in GLOBAL_TYPES else name
        currency = self.optional("currency")
        columns = self._columns(kind, has_currency=currency is not None)
        return FileMapping(
            where=self.where,
            folder=folder.absolute(),
            name=name,
            kind=kind,
            source=self.text("source", name),
            path=self.text("path"),
            format=self.choice("format", FORMATS) if "format" in self.content else None,
            delimiter=self._delimiter(),
            encoding=self._encoding(),
            decimal=self._decimal(),
            time_zone=self._time_zone(),
            date_formats=self._date_formats(),
            identifier_type=identifier_type,
            identifier_namespace=identifier.text("namespace", namespace),
            key=self.texts("key"),
            currency=self._currency(currency),
            columns=columns,
            sheet=self.texts("sheet"),
            skip=self._skip(),
        )

    def _columns(self, kind: str, *, has_currency: bool) -> dict[str, Column]:
        part = _Columns(
            self.where,
            self.content.get("columns"),
            COLUMNS[kind],
            "columns",
            self.line_of("columns"),
        )
        missing = [name for name in REQUIRED[kind] if name not in part.content]
        if AMOUNTS.get(kind) in part.content and not has_currency:
            missing += [name for name in ("currency_code",) if name not in part.content]
        if missing:
            raise self.error(
                f"columns.{missing[0]} is missing: {kind} need it",
                f"Say which column of the file is {', '.join(missing)}"
                + (", or write e.g. currency: EUR" if "currency_code" in missing else ""),
                key="columns",
            )
        if has_currency and "currency_code" in part.content:
            raise self.error(
                "currency and columns.currency_code exclude each other",
                "Leave one of them out",
                key="currency",
            )
        return {name: part.column(name, COLUMNS[kind][name]) for name in part.content}

    def _delimiter(self) -> str | None:
        given = self.optional("delimiter")
        if given is None or (len(given) == 1 and given not in NO_DELIMITERS):
            return given
        meant = DELIMITERS.get(given.lower())
        raise self.error(
            "delimiter must be one character that is no quote, blank or line end",
            f"Write delimiter: {meant}" if meant else 'Write e.g. ";", and for a tab "\\t"',
            key="delimiter",
        )

    def _decimal(self) -> str:
        given = self.text("decimal", ".")
        if given not in {".", ","}:
            raise self.error(
                f"decimal cannot be {given!r}",
                'Write decimal: "," where numbers are 1.234,50 and decimal: "." where they are 1,234.50',
                key="decimal",
            )
        return given

    def _date_formats(self) -> tuple[str, ...]:
        formats = self.texts("date_formats")
        for date_format in formats:
            if wrong := dates.problem(date_format):
                what, fix = wrong
                raise self.error(f"date_formats: {date_format!r} {what}", fix, key="date_formats")
        return formats

    def _currency(self, given: str | None) -> str | None:
        if given is None:
            return None
        code = given.upper()
        if code in amounts.SIGNS:
            code = amounts.SIGNS[code][0]
            raise self.error(
                "currency must be three letters", f"Write currency: {code}", key="currency"
            )
        if len(code) != 3 or not (code.isascii() and code.isalpha()):  # noqa: PLR2004 - of ISO 4217
            raise self.error(
                "currency must be three letters", "Write e.g. currency: EUR", key="currency"
            )
        return code

    def _skip(self) -> int | None:
        skip = self.content.get("skip")
        if "skip" in self.content and (type(skip) is not int or not 0 <= skip <= MOST_SKIPPED):
            raise self.error(
                "skip must be the number of lines above the header",
                "Write e.g. skip: 2",
                key="skip",
            )
        return skip

    def _encoding(self) -> str | None:
        encoding = self.optional("encoding")
        if encoding is None:
            return None
        try:
            is_usual = "a;1".encode(encoding).decode(encoding) == "a;1"
            is_usual = (
                is_usual and codecs.lookup(encoding).name.replace("-", "_") not in NOT_OF_FILES
            )
        except (LookupError, ValueError):
            is_usual = False
        if not is_usual:
            raise self.error(
                f"encoding {encoding!r} is unknown",
                "Write utf-8, windows-1252 or utf-16, or leave encoding out",
                key="encoding",
            )
        return encoding.lower()

    def _time_zone(self) -> str:
        given = self.text("time_zone", settings().time_zone)
        found = dates.zone(given)
        if found is None:
            meant = dates.NICKNAMES.get(given.upper())
            near = hint(given, zones())
            near = near if near.startswith("Did") else "Write e.g. time_zone: Europe/Berlin"
            fix = f"Write time_zone: {meant}" if meant else near
            raise self.error(f"time_zone {given!r} is unknown", fix, key="time_zone")
        return found


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d{1,14}(\.\d+)?", text) is not None


def zones() -> list[str]:
    """Return the time zones that may be proposed: those that mean what they say."""
    return sorted(name for name in zoneinfo.available_timezones() if not name.startswith("Etc/"))
