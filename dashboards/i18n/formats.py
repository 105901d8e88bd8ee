"""Numbers, money, durations and dates as each language writes them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dashboards.i18n import language

if TYPE_CHECKING:
    from datetime import date, datetime

MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "de": [
        "Jan.",
        "Feb.",
        "März",
        "Apr.",
        "Mai",
        "Juni",
        "Juli",
        "Aug.",
        "Sep.",
        "Okt.",
        "Nov.",
        "Dez.",
    ],
}
DAYS = {
    "en": ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    "de": ["Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"],
}
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}
THIN = "\u202f"  # narrow no-break space
NO_BREAK = "\u00a0"
NONE = "–"
MINUTE, HOUR, DAY = 60, 3600, 86400
SHORT_SPAN = timedelta(days=4)


def number(value: float | None, decimals: int = 0) -> str:
    """Return ``1,234.5`` or ``1.234,5``."""
    if value is None:
        return NONE
    text = f"{value:,.{decimals}f}"
    if text.strip("-0.,") == "":
        text = text.removeprefix("-")
    return text if language() == "en" else text.translate(str.maketrans(",.", ".,"))


def money(value: float | None, currency: str | None, decimals: int = 0) -> str:
    """Return ``€1,234`` or ``1.234 €``; without a single currency only the number."""
    if value is None:
        return NONE
    if not currency:
        return number(value, decimals)
    if language() == "de":
        return f"{number(value, decimals)}{NO_BREAK}{SYMBOLS.get(currency, currency)}"
    sign = "-" if value < 0 else ""
    symbol = SYMBOLS.get(currency, currency + NO_BREAK)
    return f"{sign}{symbol}{number(abs(value), decimals)}"


def percent(value: float | None, decimals: int = 1) -> str:
    """Return a share of one as ``12.3%`` or ``12,3 %``."""
    if value is None:
        return NONE
    return f"{number(100 * value, decimals)}{'%' if language() == 'en' else NO_BREAK + '%'}"


def points(value: float) -> str:
    """Return a difference of two shares in percentage points."""
    return f"{number(100 * value, 1)}{NO_BREAK}{'pp' if language() == 'en' else 'PP'}"


def duration(seconds: float | None) -> str:
    """Return a time span in its two largest useful units."""
    if seconds is None:
        return NONE
    span = round(abs(seconds))
    sign = "-" if seconds < 0 and span else ""
    if span < MINUTE:
        return f"{sign}{number(span)}{NO_BREAK}s"
    if span < HOUR:
        whole, rest = divmod(span, MINUTE)
        tail = f" {rest}{NO_BREAK}s" if rest and whole < 10 else ""  # noqa: PLR2004
        return f"{sign}{whole}{NO_BREAK}min{tail}"
    if span < DAY:
        whole, rest = divmod(round(span / MINUTE), MINUTE)
        tail = f" {rest}{NO_BREAK}min" if rest else ""
        return f"{sign}{whole}{NO_BREAK}{'h' if language() == 'en' else 'Std.'}{tail}"
    days = number(span / DAY, 1)
    if language() == "de":
        return f"{sign}{days}{NO_BREAK}{'Tag' if days == '1,0' else 'Tage'}"
    return f"{sign}{days}{NO_BREAK}{'day' if days == '1.0' else 'days'}"


def hours(span: timedelta) -> str:
    """Return a limit as it is agreed upon: ``30 h``, not a day and a quarter."""
    return f"{number(span / timedelta(hours=1))}{NO_BREAK}{'h' if language() == 'en' else 'Std.'}"


def month(value: date) -> str:
    """Return ``May 2026`` or ``Mai 2026``."""
    return f"{MONTHS[language()][value.month - 1]} {value.year}"


def day(value: date | None) -> str:
    """Return ``5 May 2026`` or ``5. Mai 2026``."""
    if value is None:
        return NONE
    name = MONTHS[language()][value.month - 1]
    return f"{value.day}{'.' if language() == 'de' else ''} {name} {value.year}"


def local(value: datetime, time_zone: str) -> datetime:
    """Return a moment in the business time zone."""
    return value.astimezone(ZoneInfo(time_zone))


def moment(value: datetime | None, time_zone: str) -> str:
    """Return ``5 May 2026, 14:30`` or ``5. Mai 2026, 14:30`` in the business time zone."""
    if value is None:
        return NONE
    there = local(value, time_zone)
    return f"{day(there.date())}, {there:%H:%M}"


def axis_pattern(span: timedelta) -> str:
    """Return how a time axis writes its marks: with hours where all happened in a few days."""
    if span < SHORT_SPAN:
        return "%d.%m. %H:%M" if language() == "de" else "%-d %b %H:%M"
    return "%d.%m.%Y" if language() == "de" else "%-d %b %Y"


def locale() -> dict[str, dict[str, object]]:
    """Return how a chart writes the numbers and days on its axes."""
    german = language() == "de"
    return {
        "number": {
            "decimal": "," if german else ".",
            "thousands": "." if german else ",",
            "grouping": [3],
            "currency": ["", "\u00a0€"] if german else ["€", ""],
            "percent": "\u00a0%" if german else "%",
        },
        "time": {
            "dateTime": "%A, %e. %B %Y, %X" if german else "%a %b %e %X %Y",
            "date": "%d.%m.%Y" if german else "%m/%d/%Y",
            "time": "%H:%M:%S",
            "periods": ["AM", "PM"],
            "days": DAYS[language()],
            "shortDays": [name[:2] for name in DAYS[language()]],
            "months": MONTHS[language()],
            "shortMonths": MONTHS[language()],
        },
    }
