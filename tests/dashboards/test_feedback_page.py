"""Feedback, as its readers meet it: figures with intervals, who answered, and comments to read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.dashboards.reading import metrics, tables, texts
from tests.dashboards.warehouse_fixture import publish
from tests.dashboards.worked_example import (
    ANNA,
    ANONYMOUS,
    HOSTILE_TEXT,
    JONAS,
    TESTER,
    at,
    metric,
    rows,
)

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from tests.dashboards.conftest import Visit

PAGE = "customer_feedback.py"
AS_OF = date(2026, 6, 1)


def answer(name: str, person: str | None, score: float, group: str, **more: Any) -> dict[str, Any]:
    """Return an answer to the NPS question in May."""
    return {
        "answer_id": name, "customer_id": person, "question_kind": "nps", "score": score,
        "scale_max": 10.0, "score_100": 10 * score, "nps_group": group, "moment": "quarterly",
        "answered_at": at(5, 10), **more,
    }  # fmt: skip


@pytest.fixture
def told(kette_home: Path) -> Path:
    """Publish six answers of May and June, of whom one is a tester's, with their texts."""
    ripe: dict[str, Any] = {"ripe_from": "2026-06-01"}
    known = rows() | {
        "metrics.mtr_feedback_monthly": [
            # 2 of 5 promote, 1 does not: 100 * 1 / 5, whose squares are 3 * 100 ** 2
            metric("nps", 5, 100, 5, squares=30_000, **ripe),
            metric("survey_response_rate", 5, 6, 10, **ripe),
        ],
        "metrics.mtr_steps_monthly": [
            metric("step_nps", 5, 100, 5, squares=30_000, step=step, **ripe)
            for step in ("all", "use")
        ]
        + [metric("step_nps", 5, 100, 1, squares=10_000, step="buy", **ripe)],
        "marts.fct_survey_answers": [
            answer("best", ANNA, 10, "promoter", comment="Great", account_id="nordwind"),
            answer("worst", JONAS, 2, "detractor", comment=HOSTILE_TEXT, answered_at=at(5, 11)),
            answer("followed", ANNA, 6, "detractor", comment="Slow", answered_at=at(5, 9)),
            answer("silent", JONAS, 8, "passive", comment=" "),
            answer("anonymous", None, 9, "promoter", comment="Fine", answered_at=at(5, 8)),
            answer("tester", TESTER, 0, "detractor", comment="Test"),
            # June in Berlin
            answer("late", ANNA, 0, "detractor", comment="Late", answered_at=at(5, 31, 22)),
            answer("easy", ANNA, 7, "", comment="Easy", question_kind="ces"),
        ],
        "marts.fct_low_scores": [
            {"answer_id": "worst", "is_open": True},
            {"answer_id": "followed", "is_open": False, "followed_up_at": at(5, 12)},
            {"answer_id": "tester", "is_open": True},
            {"answer_id": "late", "is_open": True},
        ],
        "marts.fct_texts": [
            {"answer_id": "best", "topic": "price", "sentiment": "positive"},
            {"answer_id": "worst", "topic": "slowness", "sentiment": "negative"},
        ],
        "marts.dim_topics": [
            {"topic": "price", "label_en": "Price", "label_de": "Preis", "text_count": 1},
            {"topic": "slowness", "label_en": "Slowness", "label_de": "Langsam", "text_count": 1},
        ],
        "marts.fct_survey_invitations": [
            {"customer_id": ANNA, "invited_at": at(5, 2)},
            {"customer_id": ANNA, "invited_at": at(5, 3)},
            {"customer_id": ANONYMOUS, "invited_at": at(5, 3)},
        ],
    }
    return publish(known, as_of=AS_OF)


def words(app: AppTest) -> list[str]:
    """Return the comments that the page shows, in their order."""
    return [element.value for element in app.text]


def test_a_score_stands_with_its_interval_and_the_low_ones_left_open(
    told: Path, visit: Visit
) -> None:
    app = visit(PAGE)
    assert not app.exception
    shown = metrics(app)
    assert shown["Net promoter score"] == "20"
    # the adjusted Wald interval of 2 promoters and 1 detractor of 5:
    # (2.75 - 1.75) / 8 = 12.5 points, give or take 1.96 * sqrt((4.5 / 8 - 1 / 64) / 8) = 51.2
    assert any("95% interval -39–64 · n = 5" in text for text in texts(app))
    assert shown["Survey response rate"] == "60.0%"
    assert shown["Low scores left open"] == "1"


def test_comments_are_read_as_they_were_written_newest_first(told: Path, visit: Visit) -> None:
    app = visit(PAGE)
    # without the tester's, June's, and the one without words
    assert words(app) == [HOSTILE_TEXT, "Great", "Slow", "Fine"]
    told_of = texts(app)
    assert any("4 answers" in text for text in told_of)
    assert any("2 of 10" in text and "Left open" in text for text in told_of)
    assert any("talked with on 12 May 2026" in text for text in told_of)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"group": "low"}, [HOSTILE_TEXT, "Slow"]),
        ({"group": "high"}, ["Great", "Fine"]),
        ({"group": "middle", "list": "all"}, []),
        ({"list": "open"}, [HOSTILE_TEXT]),
        ({"topic": "price"}, ["Great"]),
        ({"mood": "negative"}, [HOSTILE_TEXT]),
        ({"kind": "ces"}, ["Easy"]),
        ({"topic": "'; drop table x", "group": "x", "list": "x"}, [HOSTILE_TEXT, "Great", "Slow", "Fine"]),
    ],
)  # fmt: skip
def test_filters_of_the_address_choose_the_comments(
    query: dict[str, str], found: list[str], told: Path, visit: Visit
) -> None:
    if "kind" in query:
        known = rows() | {
            "metrics.mtr_feedback_monthly": [metric("ces_mean", 5, 35, 5, squares=245)],
            "marts.fct_survey_answers": [
                answer("easy", ANNA, 7, "", comment="Easy", question_kind="ces")
            ],
        }
        publish(known, as_of=AS_OF)
    app = visit(PAGE, "de", **query)
    assert not app.exception
    assert words(app) == found


def test_who_answered_stands_beside_who_was_invited_and_all(told: Path, visit: Visit) -> None:
    app = visit(PAGE)
    row = next(line for line in tables(app).splitlines() if line.startswith("Not known"))
    _, everyone, invited, answered, rate = row.split(" | ")
    named = [each for each in rows()["marts.dim_customers"] if each["is_identified"]]
    others = [each for each in named if not each["is_internal"]]
    assert everyone == f"{len(others)} (100.0%)"
    # Anna was asked twice and counts once; who is not known by name is none of all
    assert invited == "1 (100.0%)"
    assert answered == "2 (100.0%)"
    # Wilson's interval of 2 of 28
    assert (len(others), rate) == (28, "7.1% (2.0% – 22.6%)")


def test_a_step_of_which_too_little_is_known_is_silent(told: Path, visit: Visit) -> None:
    lines = tables(visit(PAGE)).splitlines()
    told_of = {line.split()[0]: line for line in lines}
    assert told_of["Use"].startswith("Use | 20 (-39 – 64, n = 5)")
    assert "silent" not in told_of["Use"]
    assert "too few" in told_of["Buy"]
    assert "silent" in told_of["Buy"]
    assert "silent" in told_of["Recommend"]
