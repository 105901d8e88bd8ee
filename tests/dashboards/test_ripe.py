"""A figure that has not had its time is neither judged nor compared, and says of how many it speaks."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from dashboards.i18n import TEXTS
from dashboards.queries.metrics import Figure
from tests.dashboards.reading import texts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dashboards.conftest import Visit

MAY, AUGUST_30 = date(2026, 5, 1), date(2026, 8, 30)


@pytest.mark.parametrize(
    ("day", "is_ripe"), [(date(2026, 8, 29), False), (AUGUST_30, True)], ids=["before", "on it"]
)
def test_a_figure_is_ripe_from_its_day_on(day: date, is_ripe: bool) -> None:
    assert Figure(MAY, 2, 6, None, 6, ripe_from=AUGUST_30).is_ripe(day) is is_ripe


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_overview_neither_judges_nor_compares_what_is_not_ripe(
    language: str, full: Path, visit: Visit
) -> None:
    app = visit("company_overview.py", language)
    assert not app.exception
    card = next(
        shown
        for shown in app.metric
        if shown.label in {"Acquisition conversion", "Gewinnungsquote"}
    )
    # 2 of 6 in May against 1 of 6 in April, which were a rise by 16.7 points
    assert card.value.startswith("33")
    assert not card.delta
    day = {"en": "30 Aug 2026", "de": "30. Aug. 2026"}[language]
    told = TEXTS[language]["figure.unripe"].format(day=day)
    assert told in texts(app) or any(told in shown.value for shown in app.markdown)


def test_a_median_says_of_how_many_conversations_it_speaks(full: Path, visit: Visit) -> None:
    assert TEXTS["en"]["figure.speaks_for"].format(n=1, all=2) in texts(
        visit("company_overview.py")
    )


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_journey_says_which_months_are_not_ripe(
    language: str, full: Path, visit: Visit
) -> None:
    shown = texts(visit("journey_phases.py", language))
    month = {"en": "May 2026", "de": "Mai 2026"}[language]
    day = {"en": "30 Aug 2026", "de": "30. Aug. 2026"}[language]
    assert TEXTS[language]["journey.unripe"].format(month=month, day=day) in shown
