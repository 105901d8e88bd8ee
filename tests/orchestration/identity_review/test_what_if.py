"""What other rules would change: groups of persons, and key figures of the last month."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from orchestration.identity_review import what_if
from tests.proof.conftest import kette

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Company


def test_persons_that_stay_as_they_are_are_no_change() -> None:
    assert what_if.grouped([("email a", "c_1", "c_1"), ("email b", "c_2", "c_2")]) == []


def test_another_name_for_the_same_identifiers_is_no_change() -> None:
    assert what_if.grouped([("email a", "c_1", "c_9"), ("email b", "c_1", "c_9")]) == []


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([("a", "c_1", "c_1"), ("b", "c_2", "c_1")], "joined"),
        ([("a", "c_1", "c_1"), ("b", "c_1", "c_2")], "split"),
        ([("a", "c_1", "c_1"), ("b", "c_1", "c_2"), ("c", "c_2", "c_2")], "moved"),
    ],
)
def test_a_change_says_what_became_of_the_persons(
    rows: list[tuple[str, str, str]], kind: str
) -> None:
    (change,) = what_if.grouped([*rows, ("z", "c_z", "c_z")])

    assert change.kind == kind
    assert change.identifiers == [shown for shown, *_ in rows]


def test_two_maps_and_their_figures_are_compared() -> None:
    connection = duckdb.connect()
    identifiers = "(values ({}, 'user_id', 'app', 'u1'), ({}, 'email', 'global', 'a@b.example'))"
    month = """
        (values ('people', date '2026-05-01', 'month', 'all', {}, null),
            ('people', '2026-04-01', 'month', 'all', {}, null),
            ('people', '2026-05-01', 'month', 'web', {}, null))
    """
    for schema, owners, figures in (
        (what_if.BEFORE, ("'c_1'", "'c_1'"), (1, 5, 1)),
        ("marts", ("'c_1'", "'c_2'"), (2, 6, 2)),
    ):
        connection.execute(f"create schema {schema}")
        connection.execute(
            f"""
            create table {schema}.bridge_customer_identifiers as
            from {identifiers.format(*owners)}
                as t(customer_id, identifier_type, identifier_namespace, identifier_value)
            """
        )
        connection.execute(f"create schema if not exists {_metrics_of(schema)}")
        connection.execute(
            f"""
            create table {_metrics_of(schema)}.mtr_people as
            select *, 'all' as journey_step, 'all' as journey_phase, 'all' as persona
            from {month.format(*figures)}
                as t(metric, period_start, grain, channel, numerator, denominator)
            """
        )
    connection.execute("create schema seeds")
    connection.execute(
        "create table seeds.metrics as select 'people' as metric, 'People' as label_en, 'n' as unit"
    )

    found = what_if.difference(connection)

    assert (found.persons_before, found.persons_after) == (1, 2)
    assert [change.kind for change in found.changes] == ["split"]
    assert found.changes[0].identifiers == ["email a@b.example", "user_id u1"]
    # the last month's total, and neither an earlier month nor a channel
    assert [(figure.before, figure.after) for figure in found.figures] == [(1, 2)]


def _metrics_of(schema: str) -> str:
    return schema if schema == what_if.BEFORE else "metrics"


@pytest.mark.proof
def test_blocking_every_address_of_a_domain_splits_persons_and_changes_figures_but_nothing_else(
    company: Company, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(company.home, home, symlinks=True)
    published = (home / "serving" / "current.duckdb").resolve()
    before = published.read_bytes()
    blocked = tmp_path / "blocked.csv"
    blocked.write_text("identifier_type,match,value,reason\nemail,pattern,@,a trial\n")

    told = kette(home, "identity", "what-if", "--blocked", str(blocked))

    assert "groups split" in told
    assert "  0 groups split" not in told
    assert published.read_bytes() == before
    assert not (home / "what-if").exists()
    nothing = kette(home, "identity", "what-if", "--degree-cap", "50")
    assert "  0 groups joined\n  0 groups split\n  0 groups moved" in nothing
    assert "No key figure of the last month would change." in nothing
