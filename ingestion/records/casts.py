"""One cast per column type: returns the value as the column stores it, or why it cannot be stored."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from ingestion.records.json_text import LongInteger

if TYPE_CHECKING:
    from collections.abc import Mapping

# what Mixpanel and HubSpot refuse themselves; a larger record is an accident
MAX_RECORD_BYTES = 1_000_000
MAX_INTEGER = 2**63
WHOLE = re.compile(r"\s*[+-]?[0-9]+\s*")
LONG_NUMBER = re.compile(r"\d{19}|[eE]\+?\d{3}")
CENTS = Decimal("0.0001")
MAX_DECIMAL = Decimal(10) ** 14
NO_JSON = "nested too deeply, or no JSON"


class Unfit(Exception):  # noqa: N818 - never leaves the gate
    """Why a record cannot be loaded."""


def _text(value: Any) -> tuple[str | None, int]:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise Unfit("not a text")
    if not _is_finite(value):
        return None, 1
    try:
        text = str(value)
    except ValueError:
        raise Unfit("larger than 63 bits") from None
    if not _is_unicode(text):
        raise Unfit("half of a character (lone surrogate)")
    if "\0" in text:
        return text.replace("\0", ""), 1
    return text, 0


def _bigint(value: Any) -> tuple[int, int]:
    number = _whole(value)
    if number is None:
        raise Unfit("not a whole number")
    if not -MAX_INTEGER <= number < MAX_INTEGER:
        raise Unfit("larger than 63 bits")
    return int(number), 0


def _whole(value: Any) -> int | float | Decimal | None:
    """Return a whole number as it is, None for anything else."""
    if isinstance(value, str):
        # Python takes "1_000" for a number, vendors do not
        return Decimal(value) if WHOLE.fullmatch(value) else None
    if isinstance(value, float):
        return value if value.is_integer() else None
    if isinstance(value, Decimal):
        return value if value.is_finite() and value == value.to_integral_value() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _double(value: Any) -> tuple[float | None, int]:
    if not _is_number(value):
        raise Unfit("not a number")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise Unfit("not a number") from None
    if math.isfinite(number):
        return number, 0
    if isinstance(value, Decimal) and value.is_finite():
        raise Unfit("not a number")
    return None, 1


def _is_finite(value: Any) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite()
    return not isinstance(value, float) or math.isfinite(value)


def _is_number(value: Any) -> bool:
    """Return whether a value may be a number: no truth value, and no text such as "1_000"."""
    if isinstance(value, str):
        return "_" not in value
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _bool(value: Any) -> tuple[bool, int]:
    if isinstance(value, bool):
        return value, 0
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true", 0
    raise Unfit("neither true nor false")


def _timestamp(value: Any) -> tuple[datetime, int]:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise Unfit("not a time") from None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Unfit("not a time with a zone")
    try:
        return value.astimezone(UTC), 0
    except OverflowError:
        raise Unfit("a time outside the calendar") from None


def _date(value: Any) -> tuple[date, int]:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value), 0
        except ValueError:
            raise Unfit("not a date") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise Unfit("not a date")
    return value, 0


def _decimal(value: Any) -> tuple[Decimal | None, int]:
    if not _is_number(value):
        raise Unfit("not a number")
    try:
        # a float is what it shows, not what it is in binary
        number = Decimal(value if isinstance(value, int) else str(value))
    except InvalidOperation:
        raise Unfit("not a number") from None
    if not number.is_finite():
        return None, 1
    # before and after: a very large number cannot be rounded, and rounding may carry over
    if number.copy_abs() >= MAX_DECIMAL or abs(rounded := number.quantize(CENTS)) >= MAX_DECIMAL:
        raise Unfit("too large an amount")
    return rounded, int(rounded != number)


def _json(value: Any) -> tuple[str, int]:
    try:
        return _document(value)
    except (TypeError, ValueError, RecursionError):
        what = "a number larger than 63 bits" if has_long_integer(value) else NO_JSON
        raise Unfit(what) from None


def _document(value: Any) -> tuple[str, int]:
    cleaned = 0
    try:
        text = _dump(value)
    except ValueError:
        value, cleaned = mended(value)
        text = _dump(value)
    if not _is_unicode(text):
        raise Unfit("half of a character (lone surrogate)")
    if len(text) > MAX_RECORD_BYTES:
        raise Unfit("larger than 1 MB")
    if LONG_NUMBER.search(text) and has_long_integer(value):
        raise Unfit("a number larger than 63 bits")
    if "\\u0000" in text:
        value, more = mended(value)
        text, cleaned = _dump(value), cleaned + more
    return text, cleaned


CASTS: Mapping[str, Any] = {
    "text": _text,
    "json": _json,
    "bigint": _bigint,
    "double": _double,
    "bool": _bool,
    "timestamp": _timestamp,
    "date": _date,
    "decimal": _decimal,
}


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def mended(value: Any) -> tuple[Any, int]:
    """Return a JSON value without NUL, NaN and infinities, and how many there were."""
    if isinstance(value, float) and not math.isfinite(value):
        return None, 1
    if isinstance(value, str) and "\0" in value:
        return value.replace("\0", ""), 1
    if isinstance(value, list):
        pairs = [mended(item) for item in value]
        return [item for item, _ in pairs], sum(count for _, count in pairs)
    if isinstance(value, dict):
        result, total = {}, 0
        for name, item in value.items():
            (name, in_name), (item, in_item) = mended(name), mended(item)  # noqa: PLW2901
            result[name], total = item, total + in_name + in_item
        return result, total
    return value, 0


def has_long_integer(value: Any) -> bool:
    """Return whether a JSON value holds an integer that no 64-bit column can hold."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)
        elif isinstance(found, int | LongInteger) and not -MAX_INTEGER <= found < MAX_INTEGER:
            return True
    return False
