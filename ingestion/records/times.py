"""Reads the times that vendors write: always with their offset, never with a guessed zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ingestion.settings import settings

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_A_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}")
_SPACED_OFFSET = re.compile(r" (?=(?:[+-]\d{2}:?\d{2}|UTC|Z)$)")


def parse_time(value: object) -> datetime:
    """Return a moment in UTC.

    Args:
        value: ISO 8601 with any offset (without one: UTC), a bare date (its midnight in UTC), or
            milliseconds since 1970 as a number or digits.

    Raises:
        ValueError: It is none of these.
    """
    is_text = isinstance(value, (int, str)) and not isinstance(value, bool)
    text = str(value).strip() if is_text else ""
    if text.lstrip("-").isdigit() and text.isascii() and len(text) != len("20260101"):
        try:
            return _EPOCH + timedelta(milliseconds=int(text))
        except OverflowError:
            raise ValueError("not a time") from None
    text = _SPACED_OFFSET.sub("", text).removesuffix("UTC")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("not a time") from None


def time_or_raw(value: object) -> object:
    """Return the moment, None for an absent one, or the value itself for the gate to judge.

    A day without a time is the start of that day by the company's own clock: read as midnight in
    UTC it would fall into another day, or month, west of Greenwich.
    """
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and _A_DAY.fullmatch(value.strip()):
            zone = ZoneInfo(settings().time_zone)
            day = date.fromisoformat(value.strip())
            return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
        return parse_time(value)
    except (ValueError, OverflowError):
        return value


def month_of(moment: date) -> str:
    """Return the month of a day or moment as ``YYYY-MM``."""
    return f"{moment.year:04}-{moment.month:02}"


def add_months(day: date, months: int) -> date:
    """Return the first day of the month that lies ``months`` after that of ``day``."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
