"""Numbers, money, durations and dates as each language writes them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import get_currency_symbol, get_decimal_symbol, get_group_symbol

from dashboards.i18n import LANGUAGES, language
from dashboards.i18n.writing import NO_BREAK

if TYPE_CHECKING:
    from datetime import date, datetime

    from dashboards.i18n.writing import Writing

THIN = "\u202f"  # narrow no-break space
NONE = "–"
MINUTE, HOUR, DAY = 60, 3600, 86400
SHORT_SPAN = timedelta(days=4)


def _writing() -> Writing:
    return LANGUAGES[language()].writing


def number(value: float | None, decimals: int = 0) -> str:
    """Return ``1,234.5`` or ``1.234,5``."""
    if value is None:
        return NONE
    # a page writes thousands of numbers, and Babel takes fifty times as long for each
    text = f"{value:,.{decimals}f}"
    if text.strip("-0.,") == "":
        text = text.removeprefix("-")
    name = _writing().locale
    return text.translate({ord(","): get_group_symbol(name), ord("."): get_decimal_symbol(name)})


def money(value: float | None, currency: str | None, decimals: int = 0) -> str:
    """Return ``€1,234`` or ``1.234 €``; without a single currency only the number."""
    if value is None:
        return NONE
    if not currency:
        return number(value, decimals)
    text = number(value, decimals)
    before, after = _around_money(currency, is_negative=text.startswith("-"))
    return f"{before}{text.removeprefix('-')}{after}"


def _around_money(currency: str, *, is_negative: bool = False) -> tuple[str, str]:
    """Return what stands before and behind an amount."""
    name = _writing().locale
    pattern, symbol = (
        Locale.parse(name).currency_formats["standard"],
        get_currency_symbol(currency, name),
    )
    before, after = pattern.prefix[is_negative], pattern.suffix[is_negative]
    # letters do not touch the number: CHF 20, but €20
    space = NO_BREAK if symbol[-1:].isalpha() and before.endswith("¤") else ""
    return before.replace("¤", symbol) + space, after.replace("¤", symbol)


def percent(value: float | None, decimals: int = 1) -> str:
    """Return a share of one as ``12.3%`` or ``12,3 %``."""
    if value is None:
        return NONE
    return f"{number(100 * value, decimals)}{_percent_sign()}"


def _percent_sign() -> str:
    """Return what stands behind a number of percent."""
    sign: str = Locale.parse(_writing().locale).percent_formats[None].suffix[0]
    return sign


def points(value: float) -> str:
    """Return a difference of two shares in percentage points."""
    return _writing().points.format(number(100 * value, 1))


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
        return f"{sign}{whole}{NO_BREAK}{_writing().hours}{tail}"
    days = number(span / DAY, 1)
    name = _writing().one_day if days == number(1, 1) else _writing().days
    return f"{sign}{days}{NO_BREAK}{name}"


def hours(span: timedelta) -> str:
    """Return a limit as it is agreed upon: ``30 h``, not a day and a quarter."""
    return f"{number(span / timedelta(hours=1))}{NO_BREAK}{_writing().hours}"


def month(value: date) -> str:
    """Return ``May 2026`` or ``Mai 2026``."""
    return format_date(value, "MMM y", locale=_writing().locale)


def day(value: date | None) -> str:
    """Return ``5 May 2026`` or ``5. Mai 2026``."""
    if value is None:
        return NONE
    return format_date(value, _writing().date, locale=_writing().locale)


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
        return _writing().axis_moment
    return _writing().axis_day


def locale() -> dict[str, dict[str, object]]:
    """Return how a chart writes the numbers and days on its axes."""
    writing = _writing()
    names = Locale.parse(writing.locale)
    months, days = names.months["format"], names.days["format"]
    # Babel's week begins on Monday, a chart's on Sunday
    week = [6, 0, 1, 2, 3, 4, 5]
    return {
        "number": {
            "decimal": get_decimal_symbol(writing.locale),
            "thousands": get_group_symbol(writing.locale),
            "grouping": [3],
            "currency": list(_around_money("EUR")),
            "percent": _percent_sign(),
        },
        "time": {
            "dateTime": writing.chart_moment,
            "date": writing.chart_date,
            "time": "%H:%M:%S",
            "periods": ["AM", "PM"],
            "days": [days["wide"][number] for number in week],
            "shortDays": [days["abbreviated"][number] for number in week],
            "months": [months["wide"][number] for number in range(1, 13)],
            "shortMonths": [months["abbreviated"][number] for number in range(1, 13)],
        },
    }
