"""Channel and step, as its readers meet it: a map with cases, and what is behind each of its cells."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from dashboards.components import heat
from tests.dashboards.reading import tables, texts
from tests.dashboards.warehouse_fixture import publish
from tests.dashboards.worked_example import ANNA, HOSTILE_TEXT, JONAS, at, rows

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from tests.dashboards.conftest import Visit

PAGE = "channel_steps.py"
# June is under way
AS_OF = date(2026, 6, 15)
# channel, step: satisfied of all; Wilson's interval of 6 of 8 is 40.9 % to 92.9 %
SATISFIED = {("chat", "solve_problem"): (6, 8), ("email", "solve_problem"): (1, 4)}


def slices(metric: str, month: str, cells: dict[tuple[str, str], tuple[int, int]]) -> list[Any]:
    """Return the rows of a share with its totals, as the model would add them up."""
    found: dict[tuple[str, str], list[int]] = {}
    for (channel, step), parts in cells.items():
        for place in ((channel, step), (channel, "all"), ("all", step), ("all", "all")):
            total = found.setdefault(place, [0, 0])
            total[:] = [a + b for a, b in zip(total, parts, strict=True)]
    return [
        {
            "metric": metric, "period_start": f"2026-{month}-01", "grain": "month",
            "channel": channel, "journey_step": step, "journey_phase": "all", "persona": persona,
            "numerator": part, "denominator": whole, "sample_size": whole,
            "ripe_from": f"2026-{int(month) + 1:02}-01",
        }
        for persona in ("all", "leader")
        for (channel, step), (part, whole) in found.items()
    ]  # fmt: skip


@pytest.fixture
def told(kette_home: Path) -> Path:
    """Publish shares by channel and step of May, half of them again in June, and what was said."""
    inform = {("website", "inform"): (2, 9)}
    figures = [
        *slices("step_csat_rate", "05", SATISFIED | inform),
        *slices("step_csat_rate", "06", {("chat", "solve_problem"): (0, 9)}),
        *slices("step_drop_off_rate", "05", {("website", "choose"): (3, 12)} | inform),
    ]
    said = {"feedback_kind": "csat", "channel": "chat", "journey_step": "solve_problem"}
    stay = {
        "journey_type": "acquisition", "from_channel": "website", "from_step": "choose",
        "occurred_at": at(5, 2), "touchpoint_count": 3, "seconds_between": 7200,
    }  # fmt: skip
    known = rows() | {
        "metrics.mtr_steps_monthly": figures,
        "marts.fct_step_feedback": [
            said | {"step_feedback_id": "1", "customer_id": ANNA, "answer_id": "a", "occurred_at": at(5, 3)},
            said | {"step_feedback_id": "2", "answer_id": "b", "occurred_at": at(5, 2)},
            said | {"step_feedback_id": "3", "customer_id": JONAS, "answer_id": "b", "occurred_at": at(3, 31, 21)},
            said | {"step_feedback_id": "4", "customer_id": JONAS, "answer_id": "b",
                    "occurred_at": at(5, 4), "channel": "email"},
        ],
        "marts.fct_survey_answers": [
            {"answer_id": "a", "score": 2.0, "scale_max": 5.0, "comment": HOSTILE_TEXT},
            {"answer_id": "b", "score": 5.0, "scale_max": 5.0},
        ],
        "marts.fct_journey_transitions": [
            stay | {"transition_id": "1", "customer_id": JONAS, "to_step": "dropped_off"},
            stay | {"transition_id": "2", "customer_id": ANNA, "to_step": "buy"},
            stay | {"transition_id": "3", "customer_id": ANNA, "to_step": "buy",
                    "journey_type": "support"},
        ],
    }  # fmt: skip
    return publish(known, as_of=AS_OF)


def grid(app: AppTest) -> dict[tuple[str, str], str]:
    """Return the cells of the map by the names of row and column."""
    frame = app.dataframe[0].value
    return {
        (row, column): str(frame.loc[row, column]).replace("\u00a0", " ")
        for row in frame.index
        for column in frame.columns
    }


def listed(app: AppTest) -> list[list[str]]:
    """Return the rows of the list below the map."""
    return [[str(each) for each in row] for row in app.dataframe[1].value.to_numpy()]


def test_a_cell_says_its_share_and_cases_and_nothing_of_too_few(told: Path, visit: Visit) -> None:
    app = visit(PAGE, metric="step_csat_rate")
    assert not app.exception
    shown = grid(app)
    assert shown["Chat", "Solve a problem"] == "75.0% (8)"
    assert shown["E-mail", "Solve a problem"] == "too few"
    assert shown["Website", "Solve a problem"] == ""
    # 6 + 1 + 2 of 8 + 4 + 9
    assert shown["All channels", "All steps"] == "42.9% (21)"
    # June is not over: it stays out, and the page says so
    assert any("Without the months from Jun 2026" in text for text in texts(app))


def test_every_cell_has_its_interval_in_the_list(told: Path, visit: Visit) -> None:
    app = visit(PAGE, "de", metric="step_csat_rate")
    assert "Chat | Problem lösen | 75,0 % | 40,9 % – 92,9 % | 8" in tables(app).replace(
        "\u202f", " "
    )


def test_months_that_cannot_be_judged_are_marked_where_there_are_no_others(
    told: Path, visit: Visit
) -> None:
    app = visit(PAGE, metric="step_drop_off_rate")
    assert grid(app)["Website", "Choose"] == "25.0% (12)"
    rows_of_june = slices("step_csat_rate", "06", {("chat", "solve_problem"): (3, 9)})
    rows_of_june += slices("step_csat_rate", "06", {("chat", "inform"): (3, 9)})
    publish(rows() | {"metrics.mtr_steps_monthly": rows_of_june}, as_of=AS_OF)
    app = visit(PAGE, metric="step_csat_rate", period="3")
    assert grid(app)["Chat", "Solve a problem"] == "33.3% (9) *"


def test_a_cell_of_the_address_opens_what_was_said_with_links(told: Path, visit: Visit) -> None:
    app = visit(PAGE, "de", metric="step_csat_rate", period="3", cell="chat~solve_problem")
    assert not app.exception
    # newest first; the third is of March by the clock of Berlin
    shown = listed(app)
    assert [row[0] for row in shown] == [f"customer-profile?customer={ANNA}&lang=de", "None"]
    assert [row[4] for row in shown] == ["2 von 5", "5 von 5"]
    assert shown[1][1] == "unbekannt"
    # what a customer wrote stands there letter by letter, in an element that reads no markup
    assert shown[0][6] == HOSTILE_TEXT


def test_a_cell_of_stays_says_what_came_next(told: Path, visit: Visit) -> None:
    app = visit(PAGE, metric="step_drop_off_rate", cell="website~choose")
    assert [(row[1], row[4], row[5].replace("\u00a0", " "), row[6]) for row in listed(app)] == [
        ("Jonas Müller", "3", "2 h", "Given up"),
        ("Anna Berg", "3", "2 h", "Buy"),
    ]


def test_the_people_of_a_cell_are_those_in_contact_themselves(
    kette_home: Path, visit: Visit
) -> None:
    touch = {
        "channel": "chat", "journey_step": "solve_problem", "occurred_at": at(5, 3),
        "is_interaction": True, "direction": "inbound",
    }  # fmt: skip
    counts = [
        figure | {"metric": "touchpoints", "denominator": None}
        for figure in slices("x", "05", SATISFIED | {("website", "inform"): (2, 9)})
    ]
    known = rows() | {
        "metrics.mtr_steps_monthly": counts,
        "marts.fct_touchpoints": [
            touch | {"touchpoint_id": "1", "customer_id": ANNA},
            touch | {"touchpoint_id": "2", "customer_id": ANNA, "occurred_at": at(5, 9)},
            touch | {"touchpoint_id": "3", "customer_id": JONAS, "direction": "outbound"},
            touch | {"touchpoint_id": "4", "customer_id": JONAS, "is_interaction": False},
            touch | {"touchpoint_id": "5", "customer_id": JONAS, "channel": "email"},
            # June in Berlin
            touch | {"touchpoint_id": "6", "customer_id": JONAS, "occurred_at": at(5, 31, 22)},
        ],
    }
    publish(known, as_of=AS_OF)
    app = visit(PAGE, metric="touchpoints", cell="chat~solve_problem")
    assert [(row[1], row[4]) for row in listed(app)] == [("Anna Berg", "2")]


def test_what_the_address_names_and_nobody_knows_is_no_cell(told: Path, visit: Visit) -> None:
    app = visit(PAGE, metric="step_csat_rate", persona="'; drop", cell="x~'; drop table y --")
    assert not app.exception
    assert not app.error
    assert any("Nothing happened in this cell" in text for text in texts(app))


def test_only_what_can_be_judged_has_a_colour() -> None:
    from explore.metrics import Figure

    def share(part: int, of: int, ripe: str = "2026-06-01") -> Figure:
        return Figure(AS_OF, part, of, None, of, None, AS_OF.fromisoformat(ripe))

    cells = {
        ("a", "x"): share(0, 10), ("a", "y"): share(10, 10), ("b", "x"): share(4, 4),
        ("b", "y"): share(5, 5, "2026-06-16"), ("all", "x"): share(4, 14),
    }  # fmt: skip
    assert heat.tints(cells, ["a", "b", "all"], ["x", "y"], AS_OF) == [
        [
            "background-color: rgba(47, 147, 158, 0.00)",
            "background-color: rgba(47, 147, 158, 0.60)",
        ],
        ["", ""],
        ["", ""],
    ]
