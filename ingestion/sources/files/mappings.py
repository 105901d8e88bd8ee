"""Mapping files: YAML that says what a data file holds and which column is which.

A mapping is checked whole before any data is read; every message names the mapping file and, where
it may be a slip, what to write. The format is described in ``docs/sources/files.md``.
"""

from __future__ import annotations

import re
import zoneinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ingestion.errors import KetteError
from ingestion.settings import CHECKOUT, settings, substitute
from ingestion.sources.files import amounts, dates
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

if TYPE_CHECKING:
    from collections.abc import Iterable

KEYS = (
    *("name", "kind", "source", "path", "format", "delimiter", "encoding", "decimal"),
    *("time_zone", "date_formats", "identifier", "key", "currency", "columns"),
    *("sheet", "skip"),
)
# what to write where a key is missing
EXAMPLES = {
    "name": "orders_2026",
    "kind": "orders",
    "path": "exports/*.csv",
    "type": "email",
}
TWICE = "twice: "
BOOL = "tag:yaml.org,2002:bool"
# how people write a delimiter, and what they mean
DELIMITERS = {"\\t": '"\\t"', "tab": '"\\t"', "semicolon": '";"', "comma": '","', "pipe": '"|"'}
NO_DELIMITERS = '"\r\n\0 \ufeff'


def load_mappings(setting: str) -> list[FileMapping]:
    """Read the mapping files that a setting names: a file, a folder of them or a pattern.

    Raises:
        KetteError: There is none, or one is wrong.
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
    mappings = [read_mapping(path) for path in found]
    seen: dict[str, FileMapping] = {}
    for mapping in mappings:
        other = seen.setdefault(mapping.name, mapping)
        if other is not mapping:
            raise KetteError(
                f"the name {mapping.name!r} is taken by {other.where}",
                where=mapping.where,
                fix="Give each mapping a name of its own",
            )
    return mappings


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


def parsed(text: str, where: str, folder: Path) -> FileMapping:
    """Return the mapping that a text describes.

    Raises:
        KetteError: It is wrong; the message says what and how to mend it.
    """
    try:
        content = yaml.load(text, _OnceEach)  # noqa: S506 - a safe loader that knows no repeated keys
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise KetteError(f"it is no valid YAML{line}", where=where, fix=_yaml_fix(error)) from None
    except (ValueError, TypeError, OverflowError, RecursionError, AttributeError, KeyError):
        raise KetteError(
            "it is no valid YAML", where=where, fix="Put dates, times and numbers in quotes"
        ) from None
    return _Checked(where, content, KEYS).mapping(folder)


class _OnceEach(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML would silently take the last."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - YAML's
        seen = set()
        for key, _ in node.value:
            if key.value in seen if isinstance(key.value, str) else False:
                raise yaml.MarkedYAMLError(
                    problem=f"{TWICE}{key.value}", problem_mark=key.start_mark
                )
            seen.add(key.value if isinstance(key.value, str) else id(key))
        return super().construct_mapping(node, deep)


# a column may be called "no" or "on", which only old YAML takes for false and true
_OnceEach.yaml_implicit_resolvers = {
    letter: [(tag, look) for tag, look in found if tag != BOOL]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_OnceEach.add_implicit_resolver(
    BOOL, re.compile(r"(true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def _yaml_fix(error: yaml.YAMLError) -> str:
    said = getattr(error, "problem", None) or ""
    if said.startswith(TWICE):
        return f"The key {said.removeprefix(TWICE)} stands there twice: keep one of them"
    return 'Put values such as "," or "%d.%m.%Y" in quotes, and indent with blanks, not with tabs'


class _Checked:
    """A part of a mapping file whose values are looked up with a check of their form."""

    def __init__(self, where: str, content: Any, known: Iterable[str], part: str = "") -> None:
        self.where, self.part = where, f"{part}." if part else ""
        if not isinstance(content, dict):
            raise self.error(f"{part or 'the mapping'} must be a list of `key: value` lines")
        for name in content:
            if name not in known:
                raise self.error(f"unknown key {self.part}{name}", hint(str(name), known))
        self.content = content

    def error(self, what: str, fix: str = "See docs/sources/files.md") -> KetteError:
        """Return an error of this mapping."""
        return KetteError(what, where=self.where, fix=fix)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there."""
        value = self.content.get(name, default)
        if value is None:
            what = "is empty" if name in self.content else "is missing"
            raise self.error(
                f"{self.part}{name} {what}", f"Write e.g. {name}: {EXAMPLES.get(name, 'a text')}"
            )
        if not isinstance(value, str) or not value:
            raise self.error(f"{self.part}{name} must be a text", "Put it in quotes")
        if "\0" in value or not is_unicode(value):
            raise self.error(f"{self.part}{name} holds a character that no text has")
        return value

    def optional(self, name: str) -> str | None:
        """Return a text, or None where it is not given."""
        return self.text(name) if name in self.content else None

    def choice(self, name: str, choices: Iterable[str], default: str | None = None) -> str:
        """Return a text that is one of few."""
        value = self.text(name, default)
        if value not in choices:
            raise self.error(f"{self.part}{name} cannot be {value!r}", hint(value, choices))
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; a single one may stand without a list."""
        value = self.content.get(name, [])
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) and item and is_unicode(item) for item in values):
            raise self.error(
                f"{self.part}{name} must be a text or a list of texts", "Put names in quotes"
            )
        return tuple(values)

    def mapping(self, folder: Path) -> FileMapping:
        """Return the whole mapping, checked."""
        name = self.text("name")
        if not name.replace("_", "").isalnum() or not name.isascii():
            raise self.error("name may hold letters, digits and underscores only")
        kind = self.choice("kind", COLUMNS)
        identifier = _Checked(
            self.where, self.content.get("identifier"), ("type", "namespace"), "identifier"
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
            decimal=self.choice("decimal", (".", ","), "."),
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
        part = _Checked(self.where, self.content.get("columns"), COLUMNS[kind], "columns")
        missing = [name for name in REQUIRED[kind] if name not in part.content]
        if AMOUNTS.get(kind) in part.content and not has_currency:
            missing += [name for name in ("currency_code",) if name not in part.content]
        if missing:
            raise self.error(
                f"columns.{missing[0]} is missing: {kind} need it",
                f"Say which column of the file is {', '.join(missing)}",
            )
        if has_currency and "currency_code" in part.content:
            raise self.error("currency and columns.currency_code exclude each other")
        return {name: part.column(name, COLUMNS[kind][name]) for name in part.content}

    def column(self, name: str, kind: str) -> Column:
        """Return where a contract column comes from."""
        given = self.content[name]
        if not isinstance(given, dict):
            names = self.texts(name)
            if not names:
                raise self.error(f"{self.part}{name} names no column", "Name one, or leave it out")
            return Column(names=names)
        constant = _Checked(self.where, given, ("value",), f"{self.part}{name}").content.get(
            "value"
        )
        if isinstance(constant, bool) or not isinstance(constant, str | int | float):
            raise self.error(f"{self.part}{name}.value must be a text", "Put it in quotes")
        text = str(constant)
        known = words().get(name)
        if known and text not in known:
            raise self.error(f"{self.part}{name} cannot be {text!r}", hint(text, known))
        if kind == "decimal" and not _is_number(text):
            raise self.error(f"{self.part}{name}.value is no number", "Write it as 1234.5")
        if not is_unicode(text):
            raise self.error(f"{self.part}{name}.value holds a character that no text has")
        return Column(value=text)

    def _delimiter(self) -> str | None:
        given = self.optional("delimiter")
        if given is None or (len(given) == 1 and given not in NO_DELIMITERS):
            return given
        meant = DELIMITERS.get(given.lower())
        raise self.error(
            "delimiter must be one character that is no quote, blank or line end",
            f"Write delimiter: {meant}" if meant else 'A tab is written "\\t", in double quotes',
        )

    def _date_formats(self) -> tuple[str, ...]:
        formats = self.texts("date_formats")
        for date_format in formats:
            if wrong := dates.problem(date_format):
                what, fix = wrong
                raise self.error(f"date_formats: {date_format!r} {what}", fix)
        return formats

    def _currency(self, given: str | None) -> str | None:
        if given is None:
            return None
        code = given.upper()
        if code in amounts.SIGNS:
            code = amounts.SIGNS[code][0]
            raise self.error("currency must be three letters", f"Write currency: {code}")
        if len(code) != 3 or not (code.isascii() and code.isalpha()):  # noqa: PLR2004 - of ISO 4217
            raise self.error("currency must be three letters", "Write e.g. currency: EUR")
        return code

    def _skip(self) -> int | None:
        skip = self.content.get("skip")
        if skip is not None and (isinstance(skip, bool) or not isinstance(skip, int) or skip < 0):
            raise self.error(
                "skip must be the number of lines above the header", "Write e.g. skip: 2"
            )
        return skip

    def _encoding(self) -> str | None:
        encoding = self.optional("encoding")
        if encoding is None:
            return None
        try:
            is_usual = "a;1".encode(encoding).decode(encoding) == "a;1"
        except (LookupError, ValueError):
            is_usual = False
        if not is_usual:
            raise self.error(
                f"encoding {encoding!r} is unknown", "Usual are utf-8, windows-1252 and utf-16"
            )
        return encoding.lower()

    def _time_zone(self) -> str:
        given = self.text("time_zone", settings().time_zone)
        found = dates.zone(given)
        if found is None:
            meant = dates.NICKNAMES.get(given.upper())
            fix = f"Write time_zone: {meant}" if meant else hint(given, zones())
            raise self.error(f"time_zone {given!r} is unknown", fix)
        return found


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d{1,14}(\.\d+)?", text) is not None


def zones() -> list[str]:
    """Return the time zones that may be proposed: those that mean what they say."""
    return sorted(name for name in zoneinfo.available_timezones() if not name.startswith("Etc/"))
