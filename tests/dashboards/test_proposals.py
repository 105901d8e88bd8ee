"""Proposals on the page Identity: two side by side, and gone once somebody has decided."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import pytest

from dashboards.i18n import LANGUAGES, TEXTS
from ingestion.control import decisions, store, tables
from ingestion.control.decisions import Identifier
from tests.dashboards import worked_example
from tests.dashboards.control_fixture import record_run
from tests.dashboards.reading import texts
from tests.dashboards.worked_example import ANNA, JONAS

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from tests.dashboards.conftest import Visit

PAGE = "identity_map.py"


def identifier_of(customer_id: str) -> Identifier:
    """Return an identifier of somebody of the worked example."""
    rows = worked_example.rows()["marts.bridge_customer_identifiers"]
    row = next(each for each in rows if each["customer_id"] == customer_id)
    return Identifier(*(row[f"identifier_{name}"] for name in ("type", "namespace", "value")))


def propose(one: Identifier, other: Identifier, probability: float = 0.873) -> None:
    left, right = sorted((one, other))
    row: dict[str, Any] = {
        f"{side}_{name}": value
        for side, each in (("left", left), ("right", right))
        for name, value in each._asdict().items()
    }
    agreement = {"given_name": "same", "surname": "similar", "email": "different",
                 "phone": "unknown", "city": "same"}  # fmt: skip
    with store.begin() as connection:
        connection.execute(
            tables.identity_proposals.insert().values(
                entity="person", probability=probability, agreement=agreement,
                proposed_at=store.now(), **row,
            )
        )  # fmt: skip


def look(visit: Visit, language: str = "en") -> AppTest:
    app = visit(PAGE, language)
    app.session_state["look"] = "proposals"
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_two_stand_side_by_side_with_what_is_alike_and_where_pages_only_read_the_commands(
    language: str, full: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KETTE_DECIDE_ON_PAGES", "0")
    anna, jonas = identifier_of(ANNA), identifier_of(JONAS)
    propose(anna, jonas)
    app = look(visit, language)
    opening = [button.key for button in app.button if str(button.key).startswith("propose-")]
    assert len(opening) == 2
    shown = " ".join(texts(app))
    words = TEXTS[language]
    name, city, email = (words[f"propose.field.{field}"] for field in ("name", "city", "email"))
    assert words["propose.alike"].format(fields=f"{name}, {city}") in shown
    assert words["propose.unlike"].format(fields=email) in shown
    accept, refuse = next(code.value for code in app.code if "join" in code.value).splitlines()
    assert shlex.split(accept)[2] == "join"
    assert shlex.split(refuse)[2] == "reject"
    assert {str(anna), str(jonas)} == set(shlex.split(accept)[3:5])


def test_opening_one_of_them_shows_what_holds_that_person_together(
    full: Path, visit: Visit
) -> None:
    propose(identifier_of(ANNA), identifier_of(JONAS))
    app = look(visit)
    button = next(each for each in app.button if str(each.key).startswith("propose-"))
    button.click().run()
    assert not app.exception
    assert app.header


@pytest.mark.parametrize("action", ["join", "reject", "cut"])
def test_what_somebody_has_decided_is_gone_at_once(action: str, full: Path, visit: Visit) -> None:
    anna, jonas = identifier_of(ANNA), identifier_of(JONAS)
    propose(anna, jonas)
    decisions.decide(action, anna, jonas, why="we asked", by="lena")
    app = look(visit)
    assert not [each for each in app.button if str(each.key).startswith("propose-")]
    shown = " ".join(texts(app))
    accepted = 1 if action == "join" else 0
    assert f"Proposals decided so far: 1, of which accepted: {accepted} " in shown


def test_what_is_one_person_by_now_or_known_no_more_waits_for_nobody(
    full: Path, visit: Visit
) -> None:
    rows = worked_example.rows()["marts.bridge_customer_identifiers"]
    two = [row for row in rows if row["customer_id"] == ANNA][:2]
    same = [
        Identifier(*(row[f"identifier_{name}"] for name in ("type", "namespace", "value")))
        for row in two
    ]
    propose(*same)
    propose(identifier_of(ANNA), Identifier("email", "global", "nobody@gone.example"))
    app = look(visit)
    assert not [each for each in app.button if str(each.key).startswith("propose-")]


def test_the_share_of_accepted_proposals_stands_on_data_health(full: Path, visit: Visit) -> None:
    record_run()
    app = visit("data_health.py")
    assert not app.exception
    assert any(TEXTS["en"]["propose.reviewed.none"] in text for text in texts(app))
