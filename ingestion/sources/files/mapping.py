"""Mapping files: YAML that says what a data file holds and which column is which.

A mapping is checked whole before any data is read; every message names the mapping file and, where
it may be a slip, what was probably meant. The format is described in ``docs/sources/files.md``.
"""

from __future__ import annotations

import difflib
import glob
import hashlib
import json
import zoneinfo
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ingestion.errors import KetteError
from ingestion.settings import CHECKOUT, settings, substitute

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# contract columns by kind: those that a mapping must give, and all with their data types
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "touchpoints": ("occurred_at", "identifier_value", "channel", "touchpoint"),
    "orders": ("order_id", "ordered_at", "identifier_value", "order_amount"),
    "surveys": ("survey_id", "answered_at", "question_kind", "identifier_value"),
}
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "touchpoints": {
        "occurred_at": "timestamp",
        "identifier_value": "text",
        "channel": "text",
        "touchpoint": "text",
        "direction": "text",
        "session_hint": "text",
        "campaign": "text",
        "content": "text",
        "value_amount": "decimal",
        "currency_code": "text",
    },
    "orders": {
        "order_id": "text",
        "ordered_at": "timestamp",
        "identifier_value": "text",
        "quantity": "decimal",
        "order_amount": "decimal",
        "currency_code": "text",
    },
    "surveys": {
        "survey_id": "text",
        "survey_name": "text",
        "response_id": "text",
        "question_id": "text",
        "question_kind": "text",
        "answered_at": "timestamp",
        "identifier_value": "text",
        "score": "decimal",
        "scale_min": "decimal",
        "scale_max": "decimal",
        "wording_version": "text",
        "moment": "text",
        "channel": "text",
        "invitation_id": "text",
        "invited_at": "timestamp",
        "language": "text",
        "comment": "text",
        "publication_consent": "text",
    },
}
# columns that hold one of few words
WORDS: Mapping[str, tuple[str, ...]] = {
    "direction": ("inbound", "outbound"),
    "question_kind": ("nps", "csat", "ces", "star", "text", "review"),
}
# the amount that needs a currency
AMOUNTS = {"touchpoints": "value_amount", "orders": "order_amount"}
IDENTIFIER_TYPES = (
    *("device_id", "cookie_id", "user_id", "email", "phone", "crm_contact_id"),
    *("chat_visitor_id", "survey_respondent_id", "shop_customer_id"),
    *("domain", "crm_company_id", "billing_customer_id"),
)
GLOBAL_TYPES = ("email", "phone", "domain")
FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
KEYS = (
    *("name", "kind", "source", "path", "format", "delimiter", "encoding", "decimal"),
    *("time_zone", "date_formats", "identifier", "key", "currency", "columns"),
)
# raised when files are to be read again because this package reads them differently
READING_VERSION = 1


@dataclass(frozen=True)
class Column:
    """Where a contract column comes from: source columns joined by a blank, or a constant."""

    names: tuple[str, ...] = ()
    value: str | None = None


@dataclass(frozen=True)
class DataFile:
    """A file that a mapping describes; ``label`` names it in the warehouse, on any machine."""

    path: Path
    label: str
    format: str


@dataclass(frozen=True)
class FileMapping:
    """A checked mapping."""

    where: str
    folder: Path
    name: str
    kind: str
    source: str
    path: str
    format: str | None
    delimiter: str | None
    encoding: str
    decimal: str
    time_zone: str
    date_formats: tuple[str, ...]
    identifier_type: str
    identifier_namespace: str
    key: tuple[str, ...]
    currency: str | None
    columns: Mapping[str, Column]

    def wanted(self) -> list[str]:
        """Return the source columns it names, in order."""
        named = [name for column in self.columns.values() for name in column.names]
        return list(dict.fromkeys([*named, *self.key]))

    def files(self) -> list[DataFile]:
        """Return the files it describes, ordered by name.

        Raises:
            KetteError: There is none, or one's format is not to be told from its name.
        """
        try:
            pattern = str(self.folder / Path(substitute(self.path)).expanduser())
        except KetteError as error:
            raise KetteError(error.what, where=self.where, fix=error.fix) from None
        found = [path for path in _matching(pattern) if path.is_file()]
        if not found:
            raise KetteError(
                f"no file matches path {self.path!r}",
                where=self.where,
                fix="Check the path; it is relative to the mapping file",
            )
        root = _fixed_part(Path(pattern))
        return [
            DataFile(path, f"{self.name}/{path.relative_to(root).as_posix()}", self._format(path))
            for path in found
        ]

    def fingerprint(self, file: DataFile) -> str:
        """Return what changes when the file, this mapping or the way of reading changes."""
        described = {
            **asdict(self),
            "where": "",
            "folder": "",
            "days_in": settings().time_zone,
            "version": READING_VERSION,
        }
        digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode())
        with file.path.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
        return digest.hexdigest()

    def _format(self, path: Path) -> str:
        suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
        found = self.format or FORMATS.get(suffixes[-1] if suffixes else "")
        if found is None:
            raise KetteError(
                f"the format of {path.name} is not to be told from its name",
                where=self.where,
                fix="Add format: csv, jsonl or parquet",
            )
        return found


def load_mappings(setting: str) -> list[FileMapping]:
    """Read the mapping files that a setting names: a file, a folder of them or a pattern.

    Raises:
        KetteError: There is none, or one is wrong.
    """
    pattern = CHECKOUT / Path(substitute(setting)).expanduser()
    if pattern.is_dir():
        found = sorted([*pattern.glob("*.yml"), *pattern.glob("*.yaml")])
    else:
        found = _matching(str(pattern))
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
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise KetteError(f"it cannot be read ({type(error).__name__})", where=where) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise KetteError(f"it is no valid YAML{line}", where=where) from None
    return _Checked(where, content, KEYS).mapping(path.parent)


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
            raise self.error(f"{self.part}{name} is missing")
        if not isinstance(value, str) or not value:
            raise self.error(f"{self.part}{name} must be a text", "Put it in quotes")
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
        if not all(isinstance(item, str) and item for item in values):
            raise self.error(f"{self.part}{name} must be a text or a list of texts")
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
            format=self.choice("format", FORMATS.values()) if "format" in self.content else None,
            delimiter=self.optional("delimiter"),
            encoding=self._encoding(),
            decimal=self.choice("decimal", (".", ","), "."),
            time_zone=self._time_zone(),
            date_formats=self.texts("date_formats"),
            identifier_type=identifier_type,
            identifier_namespace=identifier.text("namespace", namespace),
            key=self.texts("key"),
            currency=currency.upper() if currency else None,
            columns=columns,
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
        return {name: part.column(name) for name in part.content}

    def column(self, name: str) -> Column:
        """Return where a contract column comes from."""
        given = self.content[name]
        if not isinstance(given, dict):
            return Column(names=self.texts(name))
        constant = _Checked(self.where, given, ("value",), f"{self.part}{name}").content["value"]
        if isinstance(constant, bool) or not isinstance(constant, str | int | float):
            raise self.error(f"{self.part}{name}.value must be a text", "Put it in quotes")
        return Column(value=str(constant))

    def _encoding(self) -> str:
        encoding = self.text("encoding", "utf-8")
        try:
            "".encode(encoding)
        except LookupError:
            raise self.error(
                f"encoding {encoding!r} is unknown", "Usual are utf-8, windows-1252 and latin-1"
            ) from None
        return encoding.lower()

    def _time_zone(self) -> str:
        zone = self.text("time_zone", settings().time_zone)
        try:
            zoneinfo.ZoneInfo(zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            names = zoneinfo.available_timezones()
            raise self.error(f"time_zone {zone!r} is unknown", hint(zone, names)) from None
        return zone


def hint(name: str, known: Iterable[str]) -> str:
    """Return what was probably meant, or all there is where that is not much."""
    names = list(dict.fromkeys(known))
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Known are: {', '.join(names)}" if len(names) < 50 else "See docs/sources/files.md"  # noqa: PLR2004


def _matching(pattern: str) -> list[Path]:
    """Return what matches a pattern, ordered by name; unlike ``Path.glob`` it may be absolute."""
    return sorted(Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207


def _fixed_part(pattern: Path) -> Path:
    """Return the folder below which a pattern looks."""
    folder = pattern.parent
    while glob.has_magic(str(folder)):
        folder = folder.parent
    return folder
