"""The pages on what a whole run publishes, instead of rows written for the tests."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pytest

from dashboards.i18n import LANGUAGES, TEXTS
from dashboards.pages import PAGES
from tests.dashboards.reading import metrics, texts

if TYPE_CHECKING:
    from dashboards.pages import Page
    from tests.conftest import Company
    from tests.dashboards.conftest import Visit


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_page_shows_a_whole_run_without_a_gap(
    page: Page, language: str, in_company: Company, visit: Visit
) -> None:
    app = visit(page.script, language)
    assert not app.exception
    assert not app.error
    assert not app.warning
    empty = {text for key, text in TEXTS[language].items() if key.endswith("empty")}
    # that nothing is put aside, unmapped, unread or apart from the vendor's totals is no gap
    empty -= {
        TEXTS[language][f"health.{key}.empty"]
        for key in ("quarantine", "unmapped", "unread", "totals")
    }
    assert not [text for text in texts(app) if any(told in text for told in empty)]


def test_the_overview_shows_the_revenue_that_is_true(in_company: Company, visit: Visit) -> None:
    with closing(duckdb.connect()) as connection:
        truth = connection.execute(
            """
            select sum(mrr_cents) / 100, count(*)
            from read_parquet($file)
            group by month
            order by month desc
            """,
            {"file": str(in_company.home / "sandbox" / "truth_mrr.parquet")},
        ).fetchone()
    assert truth
    found = metrics(visit("company_overview.py"))
    assert found["Monthly recurring revenue"] == f"€{truth[0]:,.0f}"
    assert found["Paying accounts"] == f"{truth[1]:,}"


@pytest.mark.parametrize("view", ["timeline", "conversations", "account", "identity"])
def test_a_person_of_a_whole_run_can_be_read_in_every_view(
    view: str, in_company: Company, visit: Visit
) -> None:
    app = visit("customer_profile.py")
    first = next(button for button in app.button if str(button.key).startswith("open-"))
    first.click().run()
    app.session_state["view"] = view
    app.run()
    assert not app.exception
    assert not app.error
    assert app.header
