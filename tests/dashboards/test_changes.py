"""The Overview names what changed by more than chance, in figures worked by hand."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pytest

from dashboards.i18n import TEXTS
from tests.dashboards.reading import texts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dashboards.conftest import Visit

PAGE = "company_overview.py"


def count(path: Path, hits: dict[str, int], cases: int) -> None:
    """Let so many of so many be satisfied, by month, in the published file."""
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("delete from metrics.mtr_feedback_monthly where metric = 'csat_rate'")
        for month, value in hits.items():
            connection.execute(
                """
                insert into metrics.mtr_feedback_monthly by name
                select
                    'csat_rate' as metric, cast($month as date) as period_start, 'month' as grain,
                    'all' as channel, 'all' as journey_step, 'all' as journey_phase,
                    'all' as persona, $hits as numerator, $cases as denominator,
                    $cases as sample_size
                """,
                {"month": month, "hits": value, "cases": cases},
            )


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_share_that_halved_is_named_with_its_range(
    language: str, full: Path, visit: Visit
) -> None:
    count(full, {"2026-04-01": 400, "2026-05-01": 200}, 1000)
    app = visit(PAGE, language)
    assert not app.exception
    shown = [text.replace("\u00a0", " ").replace("\\", "") for text in texts(app)]
    values = {"en": "40.0% → **20.0%**", "de": "40,0 % → **20,0 %**"}[language]
    assert values in shown
    assert any(TEXTS[language]["changes.worse"] in text for text in shown)
    # Newcombe's interval of 20 % of 1,000 less 40 % of 1,000: -23.9 to -16.0 points
    (interval,) = [text for text in shown if "23" in text and "16" in text and "to" in text + " to"]
    assert interval.index("23") < interval.index("16")


def test_where_no_share_differs_the_page_says_of_how_many(full: Path, visit: Visit) -> None:
    count(full, {"2026-04-01": 400, "2026-05-01": 401}, 1000)
    told = TEXTS["en"]["changes.none"].split("{count}")[1]
    assert any(text.endswith(told) for text in texts(visit(PAGE)))
