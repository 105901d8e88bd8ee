"""Metrics, as its readers meet it: any metric by slice, with cases, and nothing told of too few."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dashboards.components import download
from tests.dashboards.reading import tables, texts
from tests.dashboards.warehouse_fixture import publish
from tests.dashboards.worked_example import AS_OF, rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dashboards.conftest import Visit

PAGE = "metric_explorer.py"


@pytest.fixture
def sliced(kette_home: Path) -> Path:
    """Publish one rate of May by channel and persona: a chat with 4 of 5, a mail with 1 of 4."""
    whole = {
        "metric": "missed_chat_rate",
        "period_start": "2026-05-01",
        "grain": "month",
        "journey_step": "solve_problem",
        "journey_phase": "all",
        "ripe_from": "2026-06-01",
    }
    figures = [
        {"channel": "all", "persona": "all", "numerator": 5, "denominator": 9, "sample_size": 9},
        {"channel": "chat", "persona": "all", "numerator": 4, "denominator": 5, "sample_size": 5},
        {"channel": "email", "persona": "all", "numerator": 1, "denominator": 4, "sample_size": 4},
        {"channel": "all", "persona": "leader", "numerator": 4, "denominator": 5, "sample_size": 5},
        {
            "channel": "all",
            "persona": "unknown",
            "numerator": 1,
            "denominator": 4,
            "sample_size": 4,
        },
        {
            "channel": "chat",
            "persona": "leader",
            "numerator": 4,
            "denominator": 5,
            "sample_size": 5,
        },
    ]
    known = rows()
    return publish(
        known | {"metrics.mtr_support_monthly": [whole | figure for figure in figures]}, as_of=AS_OF
    )


def test_a_metric_is_told_with_its_cases_and_interval(sliced: Path, visit: Visit) -> None:
    app = visit(PAGE, metric="missed_chat_rate")
    assert not app.exception
    # Wilson's interval of 5 of 9
    assert "55.6% | 26.7% – 81.1% | 9" in tables(app)


def test_a_slice_of_too_few_cases_is_not_told(sliced: Path, visit: Visit) -> None:
    app = visit(PAGE, metric="missed_chat_rate", by="channel")
    told = tables(app)
    assert "Chat | 80.0%" in told
    assert "E-mail | too few" in told
    assert "25.0%" not in told


def test_two_dimensions_make_a_map(sliced: Path, visit: Visit) -> None:
    app = visit(PAGE, "de", metric="missed_chat_rate", by="channel", beside="persona")
    assert "Chat | 80,0 % (n = 5)" in tables(app)


def test_what_the_address_names_and_nobody_knows_shows_the_first_choice(
    sliced: Path, visit: Visit
) -> None:
    app = visit(PAGE, metric="'; drop table x", by="colour")
    assert not app.exception
    assert not app.error
    assert texts(app)


def test_no_cell_of_a_file_is_a_formula() -> None:
    written = download.text([{"channel": "=cmd|' /c calc'!A1", "value": -1.5}, {"channel": "chat"}])
    assert written.splitlines() == ["channel,value", "'=cmd|' /c calc'!A1,-1.5", "chat,"]
