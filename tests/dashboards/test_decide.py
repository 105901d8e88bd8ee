"""Decisions on the page Identity: written down with who and why, listed, and taken back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from dashboards.i18n import LANGUAGES, TEXTS
from ingestion.control import decisions, store
from ingestion.control.decisions import Identifier
from tests.dashboards.reading import texts
from tests.dashboards.test_proposals import PAGE, identifier_of, look, propose
from tests.dashboards.worked_example import ANNA, JONAS

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from tests.dashboards.conftest import Visit


def fill(app: AppTest, *, by: str, why: str) -> None:
    """Type a name and a reason into the first form."""
    next(field for field in app.text_input if str(field.key).startswith("by-")).input(by)
    next(field for field in app.text_input if str(field.key).startswith("why-")).input(why)


def press(app: AppTest, action: str) -> None:
    """Press the first button of an action."""
    next(each for each in app.button if str(each.key).startswith(f"{action}-")).click().run()
    assert not app.exception


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@pytest.mark.parametrize("action", ["join", "reject"])
def test_a_proposal_is_decided_by_a_button_and_the_decision_taken_back(
    action: str, language: str, full: Path, visit: Visit
) -> None:
    anna, jonas = identifier_of(ANNA), identifier_of(JONAS)
    propose(anna, jonas)
    app = look(visit, language)

    fill(app, by=" Lena ", why="we *asked* her")
    press(app, action)

    (row,) = decisions.effective()
    assert (row["action"], row["decided_by"], row["why"]) == (action, "Lena", "we *asked* her")
    assert set(decisions.pair_of(row)) == {anna, jonas}
    words = TEXTS[language]
    shown = " ".join(texts(app))
    assert not [each for each in app.button if str(each.key).startswith("join-")]
    # what somebody typed is no markup
    assert r"we \*asked\* her" in shown
    # the next form knows who decides
    assert next(field.value for field in app.text_input if field.key.startswith("by-")) == "Lena"

    fill(app, by="Jo", why="it was her sister")
    press(app, "revoke")

    assert decisions.effective() == []
    assert [row["decided_by"] for row in decisions.history()] == ["Jo", "Lena"]
    assert any(words["decide.none"] in text for text in texts(app))
    assert [each for each in app.button if str(each.key).startswith("join-")]


@pytest.mark.parametrize(("by", "why"), [("", "we asked"), ("Lena", "  ")])
def test_without_a_name_and_a_reason_nothing_is_written_down(
    by: str, why: str, full: Path, visit: Visit
) -> None:
    propose(identifier_of(ANNA), identifier_of(JONAS))
    app = look(visit)

    fill(app, by=by, why=why)
    press(app, "join")

    assert decisions.history() == []
    assert [error.value for error in app.error] == [TEXTS["en"]["decide.incomplete"]]


def test_a_link_is_taken_apart_where_it_is_seen(full: Path, visit: Visit) -> None:
    app = visit(PAGE, customer=ANNA)

    fill(app, by="Lena", why="the tablet at the front desk")
    press(app, "cut")

    (row,) = decisions.effective()
    assert row["action"] == "cut"
    assert set(decisions.pair_of(row)) == {
        Identifier("device_id", "mixpanel", "device-two"),
        Identifier("user_id", "mixpanel", "u-1001"),
    }


@pytest.mark.parametrize("is_published", [True, False])
def test_a_decision_waits_for_the_next_run(
    is_published: bool, full: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2000 if is_published else 2100, 1, 1)  # noqa: DTZ001 - as the store keeps it
    monkeypatch.setattr(store, "now", lambda: moment)
    decisions.decide("cut", identifier_of(ANNA), identifier_of(JONAS), why="two", by="lena")

    shown = " ".join(texts(look(visit)))

    assert (TEXTS["en"]["decide.pending"] in shown) != is_published
