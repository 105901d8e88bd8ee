"""The bodies of webhooks: JSON, and forms whose fields are nested by brackets, as PHP writes them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_to_bytes

from ingestion.records.json_text import loads

# far more than any vendor sends; each field costs memory that its bytes do not show
MOST_FIELDS, DEEPEST = 5_000, 16
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


def json_field(body: bytes, name: str) -> Any:
    """Return a field of a JSON body, or None where it has none."""
    try:
        content = loads(body)
    except (ValueError, RecursionError):
        return None
    return content.get(name) if isinstance(content, dict) else None


def form_field(body: bytes, name: str) -> Any:
    """Return a field of a form body, or None where it has none."""
    try:
        return form(body).get(name)
    except ValueError:
        return None


def form(body: bytes) -> dict[str, Any]:
    """Return the fields of a form; ``contact[fields][colour]=red`` is nested three deep.

    Numbered and empty brackets are keys like others (``0``, ``1`` …), so that a field has one shape
    however many values it has. Of a field that comes twice, and of a text and a group of the same
    name, the later holds.

    Raises:
        ValueError: It is no UTF-8, or has more fields or is nested deeper than any vendor's.
    """
    pairs = body.split(b"&", MOST_FIELDS) if body else []
    if len(pairs) > MOST_FIELDS:
        raise ValueError("too many fields")
    found: dict[str, Any] = {}
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        if name:
            _put(found, _path(_text(name)), _text(value))
    return found


def _text(quoted: bytes) -> str:
    return unquote_to_bytes(quoted.replace(b"+", b" ")).decode()


def _path(name: str) -> list[str]:
    """Return the keys that lead to a field; brackets that do not pair belong to the name."""
    match = _NAME.fullmatch(name)
    if match is None:
        return [name]
    path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    if len(path) > DEEPEST:
        raise ValueError("nested too deeply")
    return path


def _put(found: dict[str, Any], path: list[str], value: str) -> None:
    *parents, last = path
    for key in parents:
        inner = found.get(key or str(len(found)))
        if not isinstance(inner, dict):
            inner = {}
            found[key or str(len(found))] = inner
        found = inner
    found[last or str(len(found))] = value
