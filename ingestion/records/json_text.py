"""Reads JSON as vendors write it. A number that is too long affects only its own record."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

# no vendor writes a text that begins like this
_MARK = "\0kette long integer "
_MARKED = re.compile(re.escape(json.dumps(_MARK)[:-1]) + r'(-?\d+)"')


class LongInteger(Decimal):
    """An integer of more digits than Python makes a number of: kept as it came, never loaded."""


def loads(text: str | bytes, *, strict: bool = True) -> Any:
    """Return what a JSON text holds.

    Args:
        text: The text.
        strict: Whether control characters inside a text are refused.

    Raises:
        ValueError: It is no JSON.
    """
    try:
        return json.loads(text, strict=strict)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:
        return json.loads(text, strict=strict, parse_int=_integer)


def _integer(digits: str) -> int | LongInteger:
    try:
        return int(digits)
    except ValueError:
        return LongInteger(digits)


def kept(value: Any) -> str:
    """Return a value as JSON text; what JSON has no word for becomes a text.

    Raises:
        ValueError: It refers to itself.
    """
    return _MARKED.sub(r"\1", json.dumps(value, default=_shown))


def _shown(value: Any) -> str:
    return f"{_MARK}{value}" if isinstance(value, LongInteger) else str(value)
