"""How numbers, amounts, spans and days are written in each language."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dashboards.i18n import formats

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(params=["en", "de"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(formats, "language", lambda: request.param)
    return str(request.param)


def spaced(text: str) -> str:
    """Return a text with ordinary spaces: which kind is used shows only at a line's end."""
    return text.replace(formats.NO_BREAK, " ")


@pytest.mark.parametrize(
    ("written", "english", "german"),
    [
        (lambda: formats.number(1234567.891, 1), "1,234,567.9", "1.234.567,9"),
        (lambda: formats.number(-0.04, 1), "0.0", "0,0"),
        (lambda: formats.number(None), "–", "–"),
        (lambda: formats.money(1234.5, "EUR", 2), "€1,234.50", "1.234,50 €"),
        (lambda: formats.money(-20, "USD"), "-$20", "-20 $"),
        (lambda: formats.money(20, "CHF"), "CHF 20", "20 CHF"),
        (lambda: formats.money(20, None), "20", "20"),
        (lambda: formats.money(5, "GBP"), "£5", "5 £"),
        # what rounds to nothing has no sign
        (lambda: formats.money(-0.3, "EUR"), "€0", "0 €"),
        (lambda: formats.money(-1234.5, "EUR", 1), "-€1,234.5", "-1.234,5 €"),
        (lambda: formats.percent(0.1234), "12.3%", "12,3 %"),
        (lambda: formats.percent(None), "–", "–"),
        (lambda: formats.points(-0.014), "-1.4 pp", "-1,4 PP"),
        (lambda: formats.month(date(2026, 3, 1)), "Mar 2026", "März 2026"),
        (lambda: formats.day(date(2026, 5, 5)), "5 May 2026", "5. Mai 2026"),
        (lambda: formats.day(date(2026, 9, 15)), "15 Sep 2026", "15. Sept. 2026"),
        (lambda: formats.hours(timedelta(hours=30)), "30 h", "30 Std."),
    ],
)
def test_a_value_is_written_as_the_language_writes_it(
    language: str, written: Callable[[], str], english: str, german: str
) -> None:
    assert spaced(written()) == {"en": english, "de": german}[language]


@pytest.mark.parametrize(
    ("seconds", "english", "german"),
    [
        (0, "0 s", "0 s"),
        (-0.2, "0 s", "0 s"),
        (59.4, "59 s", "59 s"),
        (59.6, "1 min", "1 min"),
        (60, "1 min", "1 min"),
        (125, "2 min 5 s", "2 min 5 s"),
        (725, "12 min", "12 min"),
        (3600, "1 h", "1 Std."),
        (-8000, "-2 h 13 min", "-2 Std. 13 min"),
        (86400, "1.0 day", "1,0 Tag"),
        (216000, "2.5 days", "2,5 Tage"),
        (None, "–", "–"),
    ],
)
def test_a_span_is_written_in_its_two_largest_useful_units(
    language: str, seconds: float | None, english: str, german: str
) -> None:
    assert spaced(formats.duration(seconds)) == {"en": english, "de": german}[language]


def test_a_moment_is_told_in_the_business_time_zone(language: str) -> None:
    # in summer Berlin is two hours ahead of UTC, so that this is already the next day there
    moment = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)
    expected = {"en": "5 May 2026, 00:30", "de": "5. Mai 2026, 00:30"}
    assert formats.moment(moment, "Europe/Berlin") == expected[language]


def test_a_chart_writes_numbers_and_days_like_the_page(language: str) -> None:
    locale: dict[str, Any] = formats.locale()
    assert locale["number"]["decimal"] == {"en": ".", "de": ","}[language]
    assert locale["time"]["shortMonths"][2] == {"en": "Mar", "de": "März"}[language]
    assert locale["number"]["currency"] == {"en": ["€", ""], "de": ["", "\u00a0€"]}[language]
    assert locale["number"]["percent"] == {"en": "%", "de": "\u00a0%"}[language]
    # a chart's week begins on Sunday
    assert locale["time"]["days"][0] == {"en": "Sunday", "de": "Sonntag"}[language]
    assert len(locale["time"]["days"]) == 7
