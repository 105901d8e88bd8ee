"""dbt by hand: what it is given, and what may be published after it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import jinja2
import pytest
import yaml

from ingestion.errors import KetteError
from ingestion.settings import settings
from orchestration import by_hand, project, publish, records
from tests.orchestration.test_publish import build_passes, read, write_warehouse

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
    assert variables(call) == {
        "as_of": "2026-03-01",
        "business_time_zone": "Europe/Berlin",
        "text_model": str(settings().home / "text" / "sentiment.npz"),
    }


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


@pytest.mark.parametrize(
    "arguments", [["ls"], ["--quiet", "parse"], ["docs", "serve", "--port", "8080"], ["--version"]]
)
def test_what_only_looks_at_the_project_waits_for_nobody(
    arguments: list[str], given: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise AssertionError("the warehouse is asked for")

    monkeypatch.setattr(by_hand.preparation, "prepared", refuse)
    assert by_hand.run(arguments) == 0
    assert len(given) == 1


def test_models_are_developed_on_a_copy(
    kette_home: Path, monkeypatch: pytest.MonkeyPatch, given: list[list[str]]
) -> None:
    environments: list[Any] = []
    monkeypatch.setattr(by_hand, "_run", lambda _command, more: environments.append(more) or 0)
    write_warehouse(1)
    build_passes()
    assert by_hand.develop(["build"], is_fresh=False) == 0
    copy = kette_home / "dev" / "warehouse.duckdb"
    assert read(copy, "select distinct generation from marts.dim_customers") == [(1,)]
    assert environments[0]["DBT_TARGET"] == "dev"
    assert environments[0]["DBT_DEV_WAREHOUSE"] == str(copy)
    # what is built there says nothing about the warehouse
    assert records.build_state() == "passed"

    write_warehouse(2)
    by_hand.develop(["build"], is_fresh=False)
    assert read(copy, "select distinct generation from marts.dim_customers") == [(1,)]
    by_hand.develop(["build"], is_fresh=True)
    assert read(copy, "select distinct generation from marts.dim_customers") == [(2,)]


class RefusedError(Exception):
    """What dbt raises where a macro refuses."""


@pytest.mark.parametrize(
    ("target", "started_by", "is_refused"),
    [("warehouse", "", True), ("warehouse", "kette", False), ("dev", "", False)],
)
def test_plain_dbt_is_refused_in_the_warehouse(
    target: str, started_by: str, is_refused: bool
) -> None:
    def refuse(text: str) -> None:
        raise RefusedError(text)

    text = (project.PROJECT_DIR / "macros/require_lock.sql").read_text()
    hooks = yaml.safe_load((project.PROJECT_DIR / "dbt_project.yml").read_text())["on-run-start"]
    macros = jinja2.Environment(autoescape=True).from_string(text + hooks[0])
    context = {
        "execute": True,
        "target": SimpleNamespace(name=target),
        "env_var": lambda _name, _default: started_by,
        "exceptions": SimpleNamespace(raise_compiler_error=refuse),
    }
    if is_refused:
        with pytest.raises(RefusedError, match="Use `kette dbt`"):
            macros.render(context)
    else:
        assert macros.render(context).strip() == ""


def test_a_target_is_dev_unless_kette_says_otherwise() -> None:
    text = (project.PROJECT_DIR / "profiles.yml").read_text()
    target = yaml.safe_load(text)["kette"]["target"]
    rendered = jinja2.Environment(autoescape=True).from_string(target)
    assert rendered.render(env_var=lambda _name, default: default) == "dev"
    assert project.environment()["DBT_TARGET"] == "warehouse"
    # only who holds the lock says so
    assert "DBT_STARTED_BY" not in project.environment()
