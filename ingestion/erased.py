"""Erased persons: what names one is neither loaded nor kept, however it is written."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from ingestion import control

if TYPE_CHECKING:
    from collections.abc import Iterator

# no number by which a vendor tells persons apart is longer
LONGEST_BITS = 128
# what a number must be called to be somebody's, and no quantity
_OF_SOMEBODY = re.compile(r"(?i:\bids?$|_ids?$|customer|contact|user|person|visitor)|[a-z]I[dD]s?$")
# the texts of a JSON document, and the words of any other text
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BETWEEN_WORDS = re.compile(r"[\s\"',:;|<>()\[\]{}\\]+")


def suppressed_hashes() -> frozenset[str]:
    """Return the hashes of the identifiers that must not be loaded again."""
    return frozenset(row["identifier_hash"] for row in control.rows(control.suppressions.select()))


def identifier_hash(value: str) -> str:
    """Return the hash under which an identifier is suppressed."""
    return hashlib.sha256(value.strip().lower().encode(errors="replace")).hexdigest()


def mentions(record: Any, suppressed: frozenset[str]) -> bool:
    """Return whether a value anywhere in a record is an identifier that is suppressed.

    A number is one only in a field that is called like one.
    """
    return any(identifier_hash(text) in suppressed for text in _texts(record))


def _texts(record: Any) -> Iterator[str]:
    """Yield the texts and somebody's numbers of a record, however deep they lie."""
    waiting = [("", record)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting.extend((str(key), each) for key, each in value.items())
        elif isinstance(value, list):
            waiting.extend((name, each) for each in value)
        elif isinstance(value, int) and _is_number_of_somebody(name, value):
            yield str(value)


def _is_number_of_somebody(name: str, value: int) -> bool:
    if isinstance(value, bool) or value.bit_length() > LONGEST_BITS:
        return False
    return bool(_OF_SOMEBODY.search(name))


def mentions_in_bytes(raw: bytes, suppressed: frozenset[str]) -> bool:
    """Return whether the bytes of a record that cannot be read as one name somebody suppressed."""
    text = raw.decode(errors="surrogateescape")
    words = {_unescaped(found) for found in _QUOTED.findall(text)}
    words.update(_BETWEEN_WORDS.split(text))
    return any(identifier_hash(word) in suppressed for word in words)


def _unescaped(quoted: str) -> str:
    try:
        return str(json.loads(f'"{quoted}"', strict=False))
    except ValueError:
        return quoted
