"""`kette drivers`: what is published of what affects retention, as a table and as JSON."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from tests.dashboards import worked_drivers, worked_example
from tests.dashboards.warehouse_fixture import publish


@pytest.fixture(autouse=True)
def _published(kette_home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    publish(worked_drivers.rows(), as_of=worked_example.AS_OF)


def lines(*arguments: str) -> dict[str, list[str]]:
    """Return the words of each line of the tables by the first two of them."""
    done = CliRunner().invoke(app, ["drivers", *arguments])
    assert done.exit_code == 0, done.output
    split = [line.split() for line in done.output.splitlines() if line.strip()]
    return {" ".join(words[:2]): words[2:] for words in split}


def test_findings_stand_with_their_interval_and_worth() -> None:
    found = lines()

    assert found["Onboarding session"] == [
        "+8.4", "+2.1", "to", "+14.7", "+10.0", "0.010", "1", "8", "found",
    ]  # fmt: skip
    # refused: only the plain difference, and what is missing
    assert found["Failed payments"] == ["–", "–", "+10.0", "–", "–", "–", "6", "missing"]
    assert found["First use"][-2:] == ["not", "comparable"]
    assert "Slow pages" not in found


def test_a_segment_is_named_by_its_value() -> None:
    assert lines("--segment", "later")["Slow pages"][0] == "+7.0"


def test_json_has_every_column() -> None:
    done = CliRunner().invoke(app, ["drivers", "--json"])
    first = json.loads(done.output)[0]

    assert first["feature"] == "has_booked_onboarding"
    assert first["worth_mrr_amount"] == 8.4


def test_a_segment_that_is_none_is_told_with_those_there_are() -> None:
    done = CliRunner().invoke(app, ["drivers", "--segment", "everybody"])

    assert done.exit_code == 1
    assert "all, later" in " ".join(done.output.split()) + str(done.exception)


def test_without_a_finding_it_says_so(kette_home: object) -> None:
    publish({}, as_of=worked_example.AS_OF)
    done = CliRunner().invoke(app, ["drivers"])

    assert done.exit_code == 0
    assert "watched for long enough" in done.output
