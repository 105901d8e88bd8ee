"""The harness gives what dbt gives, so that what it says of a small world holds of a whole run."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import pytest

from ingestion.settings import settings
from tests.chain.build import BuildError, Chain
from tests.chain.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Company

# the moment of the run itself stands in it
OF_THE_RUN = {"bridge_customer_alias_history"}


def test_its_tables_are_those_of_a_whole_run(in_company: Company) -> None:
    current = settings()
    with closing(duckdb.connect(current.serving / "current.duckdb", read_only=True)) as published:
        ((as_of,),) = published.execute("select as_of from catalogue.about").fetchall()
    project = Project({"as_of": as_of.isoformat(), "business_time_zone": current.time_zone})
    chain = Chain(project, current.warehouse).build()
    # under its own name: the views in it name the file
    dbts = current.warehouse.stem
    chain.connection.execute(f"attach '{current.warehouse}' as {dbts} (read_only)")

    differing = {
        name: rows
        for name, node in project.models.items()
        if name not in OF_THE_RUN
        and node.schema in {"marts", "metrics"}
        and (rows := _apart(chain, f"memory.{node.schema}.{name}", f"{dbts}.{node.schema}.{name}"))
    }

    assert differing == {}
    assert chain.failing() == {}


def _apart(chain: Chain, ours: str, theirs: str) -> int:
    """Return how many rows only one of two tables has."""
    ((rows,),) = chain.ask(
        f"""
        select
            (select count(*) from (from {ours} except all from {theirs}))
            + (select count(*) from (from {theirs} except all from {ours}))
        """
    )
    return int(rows)


def test_one_model_is_built_again_in_a_copy(tmp_path: Path) -> None:
    copy = tmp_path / "copy.duckdb"
    with closing(duckdb.connect(str(copy))) as connection:
        connection.execute("create schema intermediate")
        connection.execute("create schema marts")
        connection.execute("create table intermediate.numbers as select 7 as number")
        connection.execute("create table marts.dim_dates as select 'as it was' as calendar_date")
        connection.execute("create table marts.dim_labels as select 'untouched' as label")
    project = Project({"as_of": "2026-01-01"}, "copy")
    node = project.models["dim_dates"]
    node.sql, node.columns = "select number from copy.intermediate.numbers", {"number": "integer"}

    chain = Chain(project).again(copy, ["dim_dates"])

    assert list(chain.seconds) == ["dim_dates"]
    assert chain.ask("from marts.dim_dates") == [(7,)]
    assert chain.ask("from marts.dim_labels") == [("untouched",)]
    node.sql = "select 'seven' as number"
    with pytest.raises(BuildError, match="contract broken"):
        Chain(project).again(copy, ["dim_dates"])
    assert chain.ask("from marts.dim_dates") == [(7,)]


def test_a_contract_that_does_not_hold_is_told_by_its_column() -> None:
    chain = Chain(Project({"as_of": "2026-01-01"}))
    node = chain.project.models["dim_dates"]
    chain.connection.execute(f"create schema {node.schema}")
    node.sql = "select 1 as calendar_date"

    with pytest.raises(BuildError, match="contract broken"):
        chain._make(node)


def test_a_check_counts_the_rows_that_fail_it() -> None:
    chain = Chain(Project({"as_of": "2026-01-01"}))
    chain.connection.execute("create schema seeds")
    chain._seed(chain.project.seeds["journey_steps"])
    assert chain.failing() == {}

    chain.connection.execute(
        "insert into seeds.journey_steps by name select 'inform' as journey_step"
    )

    assert chain.failing()["unique_journey_steps_journey_step"] == 1
