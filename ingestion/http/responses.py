"""Parses a vendor's answer, and detects a web page, an empty body or an error in disguise."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingestion.records.json_text import loads

if TYPE_CHECKING:
    from collections.abc import Mapping

# how much of a text is shown in a message
SHOWN = 200
DEEPEST = 20_000


@dataclass(frozen=True)
class Answer:
    """A complete answer.

    Args:
        status: Its status.
        headers: Its headers.
        body: What came; empty where it was taken as it arrived.
        value: The parsed body, or what was made of it as it arrived.
        has_end: Whether a download shows by itself that it is whole; where not, one that is cut
            at the end of a line looks the same.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    value: Any = None
    has_end: bool = True

    def json(self) -> Any:
        """Return the parsed body; None where there was none (204)."""
        return self.value


@dataclass(frozen=True)
class NoJson:
    """A body that is no JSON."""

    what: str
    text: str = ""


def parse(body: bytes) -> Any:
    """Return a body as JSON, or what it is instead."""
    if not body.strip():
        return NoJson("empty")
    try:
        return _loads(body)
    except ValueError:
        start = body.lstrip()[:1]
        # more than is shown: a secret that is cut in two can no longer be recognised and hidden
        text = body[: 20 * SHOWN].decode(errors="replace")
        return NoJson("a web page") if start == b"<" else NoJson("text", text)


def _loads(body: bytes) -> Any:
    try:
        return loads(_text(body))
    except RecursionError:
        # one record nested out of all measure must not cost the page: the gate judges it
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(DEEPEST)
        try:
            return loads(_text(body))
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        finally:
            sys.setrecursionlimit(limit)


def _text(body: bytes) -> bytes | str:
    """Return a body in which a few bytes that are no text do not cost the page.

    They become halves of characters, which the gate puts into quarantine with their record.
    """
    try:
        body.decode()
    except UnicodeDecodeError:
        if body.lstrip()[:1] in {b"{", b"["}:
            return body.decode(errors="surrogateescape")
    return body


def disguised(head: bytes) -> str | None:
    """Return what the beginning of a download is where it is no download, or None."""
    if head.lstrip()[:1] == b"<":
        return "a web page"
    lines = head.split(b"\n", 2)
    if len(lines) > 1 and lines[1].strip():
        return None
    value = parse(lines[0])
    return None if isinstance(value, NoJson) else problem(value)


def problem(value: Any) -> str | None:
    """Return the message of an error that comes with status 200, or None."""
    if not isinstance(value, dict):
        return None
    if value.get("status") == "error" or value.get("ok") is False or value.get("error"):
        return message(value) or "an error without a message"
    return None


def message(value: Any) -> str:
    """Return the vendor's own words in an error body."""
    if not isinstance(value, dict):
        return ""
    for name in ("message", "error", "error_description", "errors"):
        if found := value.get(name):
            return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    return ""
