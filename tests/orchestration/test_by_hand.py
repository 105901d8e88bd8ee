"""dbt by hand: what it is given, and what may be published after it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import KetteError
from orchestration import by_hand, publish, records
from tests.orchestration.test_publish import build_passes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("kette_home")


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return what dbt was called with; it fails when told to."""
    calls: list[list[str]] = []

    def run(command: Sequence[str]) -> int:
        calls.append(list(command[1:]))
        return int("wrong" in command)

    monkeypatch.setattr(by_hand, "_run", run)
    monkeypatch.setenv("KETTE_TODAY", "2026-03-01")
    return calls


def variables(call: list[str]) -> Any:
    return json.loads(call[call.index("--vars") + 1])


def test_models_see_the_day_and_the_zone_of_a_run(given: list[list[str]]) -> None:
    assert by_hand.run(["show", "--select", "dim_customers"]) == 0
    (call,) = given
    assert call[:3] == ["show", "--select", "dim_customers"]
    assert variables(call) == {"as_of": "2026-03-01", "business_time_zone": "Europe/Berlin"}


@pytest.mark.parametrize(
    "form", [["--vars", "{as_of: '2026-01-05'}"], ["--vars={as_of: 2026-01-05x}"]]
)
def test_variables_that_are_given_count(form: list[str], given: list[list[str]]) -> None:
    by_hand.run(["build", *form])
    (call,) = given
    assert call.count("--vars") == 1
    assert variables(call)["as_of"].startswith("2026-01-05")
    assert variables(call)["business_time_zone"] == "Europe/Berlin"


def test_variables_that_are_no_mapping_are_refused(given: list[list[str]]) -> None:
    with pytest.raises(KetteError, match="no mapping"):
        by_hand.run(["build", "--vars", "as_of"])
    assert given == []


def test_what_takes_no_variables_gets_none(given: list[list[str]]) -> None:
    by_hand.run(["--version"])
    assert given == [["--version"]]


@pytest.mark.parametrize(
    ("arguments", "state"),
    [
        (["test"], "passed"),
        (["show", "--inline", "select 1"], "passed"),
        (["test", "wrong"], "passed"),
        (["build", "--select", "dim_customers+"], "by hand"),
        (["build", "--empty"], "by hand"),
        (["run", "--select", "dim_customers"], "by hand"),
        (["--quiet", "seed"], "by hand"),
        (["build", "wrong"], "by hand"),
    ],
)
def test_what_was_changed_by_hand_is_not_published(
    arguments: list[str], state: str, given: list[list[str]], kette_home: Path
) -> None:
    build_passes()
    by_hand.run(arguments)
    assert records.build_state() == state
    if state != "passed":
        with pytest.raises(KetteError, match="built by hand"):
            publish.publish()
