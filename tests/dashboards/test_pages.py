"""Every page, opened from the entry point, in every state a publication can be in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboards.i18n import LANGUAGES, TEXTS
from dashboards.pages import PAGES
from ingestion.settings import settings
from tests.dashboards import worked_example
from tests.dashboards.reading import metrics, texts
from tests.dashboards.warehouse_fixture import publish

if TYPE_CHECKING:
    from pathlib import Path

    from dashboards.pages import Page
    from tests.dashboards.conftest import Visit

pages = pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
published = pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.needs_publication],
    ids=[page.name for page in PAGES if page.needs_publication],
)
languages = pytest.mark.parametrize("language", sorted(LANGUAGES))


@languages
@pages
def test_a_page_opens_under_its_title_as_of_the_day_of_its_data(
    page: Page, language: str, full: Path, visit: Visit
) -> None:
    app = visit(page.script, language)
    assert not app.exception
    assert app.title[0].value == TEXTS[language][f"page.{page.name}"]
    day = {"en": "As of 1 Jun 2026", "de": "Stand 1. Juni 2026"}.get(language, "")
    assert any(day in text for text in texts(app))
    assert any(TEXTS[language]["badge.demo"] in text for text in texts(app))
    assert not app.warning


@languages
@pages
def test_a_page_without_a_single_row_says_so_calmly(
    page: Page, language: str, empty: Path, visit: Visit
) -> None:
    app = visit(page.script, language)
    assert not app.exception
    assert not app.error
    key = {"data_health": "health.empty"}.get(page.name, f"{page.name}.empty")
    assert any(TEXTS[language][key] in text for text in texts(app))


@languages
@pages
def test_a_page_warns_when_its_figures_are_too_old(
    page: Page, language: str, stale: Path, visit: Visit
) -> None:
    app = visit(page.script, language)
    assert not app.exception
    age = {"en": "3.0\u00a0days old", "de": "3,0\u00a0Tage alt"}.get(language, "")
    assert age in app.warning[0].value


@languages
@published
def test_before_the_first_publication_a_page_tells_what_to_type(
    page: Page, language: str, visit: Visit
) -> None:
    app = visit(page.script, language)
    assert not app.exception
    assert app.subheader[0].value == TEXTS[language]["state.unpublished"]
    assert app.code[0].value == "make run"


@pages
def test_a_published_file_that_cannot_be_read_is_told_and_not_raised(
    page: Page, visit: Visit
) -> None:
    settings().serving.mkdir(parents=True)
    (settings().serving / "current.duckdb").write_bytes(b"no database" * 1000)
    app = visit(page.script)
    assert not app.exception
    assert app.error[0].value == TEXTS["en"]["state.broken"]


def test_the_overview_shows_the_figures_of_the_newest_whole_month(full: Path, visit: Visit) -> None:
    app = visit("company_overview.py")
    found = metrics(app)
    assert found["Monthly recurring revenue"] == "€250"
    assert found["Paying accounts"] == "2"
    # Südwind of two paying accounts left; of 350 only Nordwind's 150 stayed
    assert found["Account churn rate"] == "50.0%"
    assert found["Net revenue retention"] == "42.9%"
    assert found["First response, chats"] == "5 min"
    mrr = next(metric for metric in app.metric if metric.label == "Monthly recurring revenue")
    assert mrr.delta == "-28.6%"


def test_the_overview_of_another_month_is_one_choice_away(full: Path, visit: Visit) -> None:
    app = visit("company_overview.py")
    app.selectbox(key="month").select_index(2).run()
    assert not app.exception
    assert metrics(app)["Monthly recurring revenue"] == "€350"


def test_the_journey_shows_who_went_on_and_how_journeys_ended(full: Path, visit: Visit) -> None:
    app = visit("journey_phases.py")
    shown = texts(app)
    # 40 of 100, with the interval that Wilson's formula gives
    assert "**40.0%**" in shown
    assert "95% interval 30.9%–49.8% · 40 of 100" in shown
    found = metrics(app)
    assert (found["Journeys begun"], found["Won"], found["Given up"], found["Open"]) == (
        "6",
        "2",
        "3",
        "1",
    )


def test_the_journey_of_a_support_request_has_its_own_outcomes(full: Path, visit: Visit) -> None:
    app = visit("journey_phases.py")
    app.session_state["journey"] = "support"
    app.run()
    assert not app.exception
    found = metrics(app)
    assert (found["Journeys begun"], found["Resolved"], found["Open"]) == ("2", "1", "1")


def test_journeys_without_a_mapped_step_are_counted_but_not_drawn(
    kette_home: Path, visit: Visit
) -> None:
    rows = {**worked_example.rows(), "metrics.mtr_journey_flows_monthly": []}
    publish(rows, as_of=worked_example.AS_OF)
    app = visit("journey_phases.py")
    assert not app.exception
    assert metrics(app)["Journeys begun"] == "6"
    assert any(TEXTS["en"]["journey.flow.unmapped"] in text for text in texts(app))


def test_retention_shows_milestones(full: Path, visit: Visit) -> None:
    app = visit("revenue_retention.py")
    found = metrics(app)
    assert found["Retention after 1 month"] == "100.0%"
    assert found["Retention after 3 months"] == "50.0%"


@languages
def test_a_choice_stands_in_the_address_as_a_code(language: str, full: Path, visit: Visit) -> None:
    app = visit("company_overview.py", language)
    app.session_state["trend"] = "24"
    app.session_state["compare"] = "year"
    app.run()
    assert app.query_params["trend"] in ("24", ["24"])
    assert app.query_params["compare"] in ("year", ["year"])


@languages
def test_an_address_with_codes_opens_the_same_view(language: str, full: Path, visit: Visit) -> None:
    app = visit("company_overview.py", language, trend="24", compare="year", month="2026-04-01")
    assert not app.exception
    assert (app.session_state["trend"], app.session_state["compare"]) == ("24", "year")
    assert app.session_state["month"].isoformat() == "2026-04-01"


def test_an_unknown_code_in_an_address_is_as_if_it_were_not_there(full: Path, visit: Visit) -> None:
    app = visit("company_overview.py", trend="24 Monate", month="März 2026")
    assert not app.exception
    assert app.session_state["trend"] == "12"


def test_revenue_once_chosen_holds_for_the_cards_as_well(full: Path, visit: Visit) -> None:
    app = visit("revenue_retention.py", measure="mrr")
    kept = metrics(app)["Retention after 3 months"]
    rows = worked_example.rows()["marts.fct_retention_cohorts"]
    old = [row for row in rows if row["months_since"] == 3 and row["is_complete"]]
    share = sum(row["retained_mrr_amount"] for row in old) / sum(
        row["cohort_mrr_amount"] for row in old
    )
    assert kept == f"{share:.1%}"
    assert any("even if revenue is selected" in text for text in texts(app))
