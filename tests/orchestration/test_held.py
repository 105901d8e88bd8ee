"""What was held back is said wherever one looks, until a second load agrees or a person does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from typer.testing import CliRunner

from ingestion import registry
from ingestion.control import outcomes
from ingestion.loading import run as loading
from orchestration import pipeline, single_load
from orchestration.cli import app
from orchestration.dagster.defs.checks import ledger_result
from orchestration.host import mode
from orchestration.monitoring import health, held
from tests.ingestion.fakes import query, row, source, stream, switch_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

    from ingestion.toolkit.source import Load, Reader

FIRST_DAY = "fake things is held back: 2026-03-01 (50 rows came). What is stored stays."
AGAIN = "kette load fake --from 2026-03-01 --to 2026-03-01"


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Return how many rows the vendor has of each day; the only source of this Kette reads them."""
    days = {"2026-03-01": 100, "2026-03-02": 10}

    def read(reader: Reader) -> Iterator[Any]:
        yield [
            row(number, day, id=f"{day}/{number}")
            for day, count in days.items()
            for number in range(count)
        ]
        reader.covered(*days)

    made = source(stream(read, replace_by="day", guarded=True))
    switch_on(monkeypatch)
    for module in (registry, single_load, health, mode):
        monkeypatch.setattr(module, "REGISTRY", (made,))
    return days


def fake() -> Load:
    (made,) = single_load.REGISTRY
    return made


def kette(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def in_one_line(result: Result) -> str:
    return " ".join(result.output.split())


def test_a_load_that_holds_something_back_says_so_and_exits_1_until_a_second_one_agrees(
    vendor: dict[str, int],
) -> None:
    assert kette("load", "fake").exit_code == 0
    vendor["2026-03-01"] = 50
    result = kette("load", "fake")
    assert result.exit_code == 1
    assert f"{FIRST_DAY} A second load that says the same is taken: {AGAIN}." in in_one_line(result)
    assert f"If you know that the loss is true: {AGAIN} --accept-loss" in in_one_line(result)
    assert query("select count(*) from raw_fake.things") == [110]

    result = kette("load", "fake")
    assert (result.exit_code, "held back" in result.output) == (0, False)
    assert query("select count(*) from raw_fake.things") == [60]


def test_a_loss_that_a_person_accepts_is_said_no_more(vendor: dict[str, int]) -> None:
    kette("load", "fake")
    vendor["2026-03-01"] = 50
    assert kette("load", "fake").exit_code == 1
    assert kette("load", "fake", "--accept-loss").exit_code == 0
    assert held.warnings() == []


def test_doctor_calls_a_source_ill_while_something_is_held_back(vendor: dict[str, int]) -> None:
    kette("load", "fake")
    assert [found.is_ill for found in health.sources()] == [False]
    vendor["2026-03-01"] = 50
    kette("load", "fake")
    (found,) = health.sources()
    assert (found.ledger, found.is_ill) == ("held back: things", True)
    result = kette("doctor")
    assert result.exit_code == 1
    assert FIRST_DAY in in_one_line(result)

    # a load of other days does not confirm it
    del vendor["2026-03-01"]
    assert kette("load", "fake").exit_code == 0
    assert [found.is_ill for found in health.sources()] == [True]


def test_a_run_says_at_its_end_what_is_held_back_and_succeeds(
    vendor: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    kette("load", "fake")
    vendor["2026-03-01"] = 50
    kette("load", "fake")
    done = pipeline.Outcome("run", outcomes.REAL, 0.0, [], 1.0)
    monkeypatch.setattr(pipeline, "run", lambda **_: done)
    result = kette("run")
    assert result.exit_code == 0
    assert FIRST_DAY in in_one_line(result)


def test_the_asset_check_of_a_table_warns_while_something_is_held_back(
    vendor: dict[str, int],
) -> None:
    (result,) = loading.run(fake())
    check = ledger_result("fake", "things", result)
    assert check.passed
    vendor["2026-03-01"] = 50
    (result,) = loading.run(fake())
    check = ledger_result("fake", "things", result)
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert FIRST_DAY in (check.description or "")


def test_a_listing_that_shrank_is_said_without_days(monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(monkeypatch)
    for count in (100, 10):
        rows = [row(number) for number in range(count)]
        loading.run(source(stream([rows], lists_everything=True)))
    (warning,) = held.warnings()
    assert warning == (
        "fake things is held back: the last full listing had only 10 rows. What is stored stays, "
        "and nothing of it counts as gone. A second load that says the same is taken: kette load "
        "fake. If you know that the loss is true: kette load fake --accept-loss"
    )


def test_of_many_days_the_first_are_named(vendor: dict[str, int]) -> None:
    vendor |= {f"2026-02-{day:02}": 1_000 for day in range(1, 6)}
    loading.run(fake())
    vendor |= {f"2026-02-{day:02}": 0 for day in range(1, 6)}
    loading.run(fake())
    (warning,) = held.warnings("fake")
    named = ", ".join(f"2026-02-0{day} (0 rows came)" for day in (1, 2, 3))
    assert f"{named} and 2 more" in warning
    assert "--from 2026-02-01 --to 2026-02-05 --accept-loss" in warning
    assert held.warnings("another") == []
