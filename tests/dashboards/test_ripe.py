"""A figure that has not had its time is neither judged nor compared, and says of how many it speaks."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from dashboards.components import charts
from dashboards.i18n import TEXTS
from dashboards.queries import retention
from dashboards.queries.metrics import Figure
from tests.dashboards import worked_example
from tests.dashboards.reading import texts
from tests.dashboards.warehouse_fixture import publish

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

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


def moved_on(april_ripe_from: date, may_ripe_from: date) -> dict[str, list[dict[str, Any]]]:
    """Return the worked example with half of April's people and 1 of 40 of May's gone on."""
    rows = worked_example.rows()
    rows["metrics.mtr_phase_entries_monthly"] = [
        {
            "period_start": worked_example.MONTHS[month], "journey_phase": "consideration",
            "channel": "website", "entry_count": cases,
        }
        for month, cases in ((4, 60), (5, 40))
    ]  # fmt: skip
    rows["metrics.mtr_journey_monthly"] = [
        worked_example.metric(
            metric, month, hits, cases, channel=channel, phase=phase, ripe_from=ripe_from
        )
        for month, hits, cases, ripe_from in (
            (4, 30, 60, april_ripe_from),
            (5, 1, 40, may_ripe_from),
        )
        for channel in ("all", "website")
        for metric, phase in (
            ("acquisition_conversion_rate", "all"),
            ("phase_conversion_rate", "consideration"),
        )
    ]
    return rows


def colors(app: AppTest) -> str:
    """Return the drawings of a page as they are told to the browser."""
    return " ".join(str(chart.proto.spec) for chart in app.get("vega_lite_chart"))


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_shares_of_the_journey_are_those_of_the_months_that_are_ripe(
    kette_home: Path, language: str, visit: Visit
) -> None:
    publish(moved_on(date(2026, 5, 31), AUGUST_30), as_of=worked_example.AS_OF)
    app = visit("journey_phases.py", language)
    shown = [text.replace("\u00a0", " ") for text in texts(app)]
    assert {"en": "**50.0%**", "de": "**50,0 %**"}[language] in shown
    assert TEXTS[language]["journey.judged"] in shown
    assert charts.MAIN in colors(app)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_journey_without_a_ripe_month_is_grey(
    kette_home: Path, language: str, visit: Visit
) -> None:
    publish(moved_on(AUGUST_30, AUGUST_30), as_of=worked_example.AS_OF)
    app = visit("journey_phases.py", language)
    shown = [text.replace("\u00a0", " ") for text in texts(app)]
    # 31 of 100
    assert {"en": ":gray[**31.0%**]", "de": ":gray[**31,0 %**]"}[language] in shown
    assert TEXTS[language]["journey.unjudged"] in shown
    drawn = colors(app)
    assert charts.MUTED in drawn
    assert charts.LOSS not in drawn


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_cohort_that_is_too_young_is_in_no_milestone(
    kette_home: Path, language: str, visit: Visit
) -> None:
    rows = worked_example.rows()
    # the cohort of May has not had its first month: it counts for nothing yet, whatever is told
    rows["metrics.mtr_retention_monthly"] = [
        worked_example.metric("retention_month_1_rate", 1, 3, 4, ripe_from=date(2026, 3, 1)),
        worked_example.metric("retention_month_1_rate", 5, 0, 4, ripe_from=date(2026, 7, 1)),
    ]
    publish(rows, as_of=worked_example.AS_OF)
    app = visit("revenue_retention.py", language)
    (card,) = [figure for figure in app.metric if "1" in figure.label]
    assert card.value.replace("\u00a0", " ") == {"en": "75.0%", "de": "75,0 %"}[language]
    # the next cohort there is after January's
    month = {"en": "Feb 2026", "de": "Feb. 2026"}[language]
    told = TEXTS[language]["retention.milestone.unripe"].format(month=month)
    assert any(told in text for text in texts(app)), texts(app)


def test_a_month_that_is_not_over_has_no_cell_among_the_cohorts(kette_home: Path) -> None:
    rows = worked_example.rows()
    rows["marts.fct_retention_cohorts"] = [
        {"cohort_month": date(2026, 4, 1), "months_since": since, "cohort_size": 4,
         "retained_count": kept, "cohort_mrr_amount": 400, "retained_mrr_amount": 100 * kept,
         "is_complete": is_complete}
        for since, kept, is_complete in ((0, 4, True), (1, 1, False))
    ]  # fmt: skip
    published = publish(rows, as_of=worked_example.AS_OF)
    cells = retention.cohorts(str(published), date(2026, 1, 1))
    assert [cell["months_since"] for cell in cells] == [0]
