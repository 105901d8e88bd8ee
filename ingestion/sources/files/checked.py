"""Values of a mapping file whose form is checked; every refusal says what to write."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from ingestion.errors import KetteError
from ingestion.sources.files.mapping import hint
from ingestion.sources.files.plain import is_unicode
from ingestion.sources.files.yamltext import Part

if TYPE_CHECKING:
    from collections.abc import Iterable

# what to write where a key is missing or has no value
EXAMPLES = {
    "name": "orders_2026",
    "kind": "orders",
    "path": "exports/*.csv",
    "type": "email",
    "identifier": "{type: email}",
    "columns": "{occurred_at: seen, identifier_value: e_mail, …}",
    "namespace": "shop",
    "source": "shop",
    "format": "csv",
    "delimiter": '";"',
    "encoding": "windows-1252",
    "decimal": '","',
    "time_zone": "Europe/Berlin",
    "date_formats": '["%d.%m.%Y"]',
    "key": "order_no",
    "currency": "EUR",
    "sheet": '"Orders"',
    "value": '"in_person"',
}
QUOTED = '"no"'
NEEDED = ("name", "kind", "path", "type", "identifier", "columns", "value")
TRY = "`kette files try FILE` proposes a whole mapping"
# what word processors make of quotes
CURLY = "“”„‟‘’‚«»"


class Checked:
    """A part of a mapping file whose values are looked up with a check of their form."""

    def __init__(
        self,
        where: str,
        content: Any,
        known: Iterable[str],
        part: str = "",
        line: int | None = None,
    ) -> None:
        self.where, self.part, self.line = where, f"{part}." if part else "", line
        self.content: dict[Any, Any] = content if isinstance(content, dict) else {}
        if not isinstance(content, dict):
            raise self._no_lines(content, part)
        for name in content:
            if name not in known:
                raise self.error(
                    f"unknown key {self.part}{name}", hint(str(name), known), key=str(name)
                )

    def error(
        self, what: str, fix: str = "See docs/sources/files.md", *, key: str | None = None
    ) -> KetteError:
        """Return an error of this mapping, in the line of a key or else of this part."""
        line = self.line_of(key)
        return KetteError(what, where=f"{self.where}, line {line}" if line else self.where, fix=fix)

    def line_of(self, key: str | None) -> int | None:
        """Return in which line a key stands, or where it is not known this part, from 1."""
        return (
            self.content.lines.get(key, self.line) if isinstance(self.content, Part) else self.line
        )

    def _no_lines(self, content: Any, part: str) -> KetteError:
        """Return the error of a part that is no list of `key: value` lines."""
        if not part:
            what = "it is empty" if content is None else "it must be a list of `key: value` lines"
            return self.error(what, f"Write name, kind, path, identifier and columns; {TRY}")
        name = part.rpartition(".")[2]
        if content is None:
            return self.error(f"{part} must be given", _example(name))
        dashes = "without dashes: " if isinstance(content, list) else ""
        what = f"{part} must be a list of `key: value` lines"
        return self.error(what, f"Write {dashes}{name}: {EXAMPLES.get(name, '{value: a text}')}")

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there."""
        value = self.content.get(name, default)
        if value is None:
            what = "is empty" if name in self.content else "is missing"
            raise self.error(f"{self.part}{name} {what}", _example(name), key=name)
        if isinstance(value, list | dict):
            raise self.error(f"{self.part}{name} must be one text", _example(name), key=name)
        if not isinstance(value, str) or not value:
            raise self.error(f"{self.part}{name} must be a text", "Put it in quotes", key=name)
        self._check_quotes(name, value)
        if "\0" in value or not is_unicode(value):
            raise self.error(f"{self.part}{name} holds a character that no text has", key=name)
        return value

    def optional(self, name: str) -> str | None:
        """Return a text, or None where it is not given."""
        return self.text(name) if name in self.content else None

    def choice(self, name: str, choices: Iterable[str], default: str | None = None) -> str:
        """Return a text that is one of few."""
        value = self.text(name, default)
        if value not in choices:
            raise self.error(
                f"{self.part}{name} cannot be {value!r}", hint(value, choices), key=name
            )
        return value

    def _check_quotes(self, name: str, value: str) -> None:
        if value[0] in CURLY and value[-1] in CURLY:
            plain = value.strip(CURLY)
            raise self.error(
                f"{self.part}{name} stands in typographic quotes",
                f'Write {name}: "{plain}"',
                key=name,
            )

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; a single one may stand without a list."""
        value = self.content.get(name, [])
        if value is None:
            raise self.error(f"{self.part}{name} is empty", _example(name), key=name)
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) and item and is_unicode(item) for item in values):
            raise self.error(
                f"{self.part}{name} must be a text or a list of texts",
                f"Put each text in quotes, e.g. {name}: {EXAMPLES.get(name, QUOTED)}",
                key=name,
            )
        for one in values:
            self._check_quotes(name, one)
        return tuple(unicodedata.normalize("NFC", one) for one in values)


def _example(name: str) -> str:
    """Return what to write where a key has no value."""
    leave = "" if name in NEEDED else ", or leave it out"
    return f"Write e.g. {name}: {EXAMPLES.get(name, 'a text')}{leave}"
