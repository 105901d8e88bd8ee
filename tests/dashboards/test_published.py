"""Figures that were not renewed with the rest say so on their pages, with the reason."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pytest

from dashboards.i18n import TEXTS
from tests.dashboards.reading import tables, texts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dashboards.conftest import Visit

DAYS = {"en": "30 May 2026", "de": "30. Mai 2026"}
WHY = {
    "en": "because the last load of hubspot deals does not balance",
    "de": "weil die Bilanz der letzten Ladung von hubspot deals nicht aufgeht",
}


def say_of_tables(path: Path, *rows: tuple[object, ...]) -> None:
    """Let a published file say what became of its tables."""
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute(
            "create table catalogue.tables (table_schema varchar, table_name varchar, "
            "status varchar, as_of date, cause varchar, cause_subject varchar, "
            "cause_message varchar, warnings varchar[], pages varchar[])"
        )
        for row in rows:
            connection.execute("insert into catalogue.tables values (?,?,?,?,?,?,?,?,?)", row)


def of_deals(
    status: str = "carried_over", day: date | None = date(2026, 5, 30)
) -> tuple[object, ...]:
    name = ("metrics", "mtr_revenue_monthly")
    return (*name, status, day, "load", "hubspot deals", "", [], ["overview"])


FRESH = (
    "metrics", "mtr_support_monthly", "fresh", date(2026, 6, 1), None, None, None,
    ["accepted_values_fct_conversations_status"], ["overview", "journey"],
)  # fmt: skip


@pytest.mark.parametrize("language", sorted(DAYS))
def test_a_page_says_since_when_its_figures_stand_and_why(
    language: str, full: Path, visit: Visit
) -> None:
    say_of_tables(full, of_deals(), FRESH)
    app = visit("company_overview.py", language)
    assert not app.exception
    (banner,) = (warning.value for warning in app.warning)
    shown = banner.replace("\\", "")
    assert DAYS[language] in shown
    assert WHY[language] in shown


def test_a_page_that_reads_no_such_table_says_nothing_of_it(full: Path, visit: Visit) -> None:
    say_of_tables(full, of_deals(), FRESH)
    app = visit("journey_phases.py")
    assert not app.warning
    # but which check warns of its figures
    told = [text.replace("\\", "") for text in texts(app)]
    assert any("accepted_values_fct_conversations_status" in text for text in told)


def test_a_page_whose_table_was_never_published_waits_for_it(full: Path, visit: Visit) -> None:
    say_of_tables(full, of_deals("missing", None), FRESH)
    with closing(duckdb.connect(str(full))) as connection:
        connection.execute("drop table metrics.mtr_revenue_monthly")
    app = visit("company_overview.py")
    assert not app.exception
    shown = texts(app)
    assert any(TEXTS["en"]["withheld.page.missing"] in text for text in shown)
    assert TEXTS["en"]["state.broken"] not in shown


@pytest.mark.parametrize("language", sorted(DAYS))
def test_data_health_lists_the_tables(language: str, full: Path, visit: Visit) -> None:
    say_of_tables(full, of_deals(), FRESH)
    from tests.dashboards.test_health_page import a_good_run

    a_good_run()
    cells = tables(visit("data_health.py", language))
    assert f"mtr_revenue_monthly | {DAYS[language]}" in cells
    assert "mtr_support_monthly |" not in cells
