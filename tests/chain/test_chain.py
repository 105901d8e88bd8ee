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


def test_its_tables_are_those_of_a_whole_run(in_company: Company, tmp_path: Path) -> None:
    current = settings()
    kept = tmp_path / "chain.duckdb"
    project = Project(
        {"as_of": current.today().isoformat(), "business_time_zone": current.time_zone}
    )
    chain = Chain(project, current.warehouse).build()
    chain.connection.execute(f"attach '{kept}' as kept")
    chain.connection.execute("copy from database memory to kept")
    chain.connection.execute("detach kept")

    with closing(duckdb.connect(":memory:")) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{kept}' as ours (read_only)")
        connection.execute(f"attach '{current.warehouse}' as dbts (read_only)")
        differing = {
            name: rows
            for name in project.models
            if name not in OF_THE_RUN
            and (schema := project.models[name].schema) in {"marts", "metrics"}
            and (
                rows := connection.execute(
                    f"""
                    select
                        (select count(*) from (
                            from ours.{schema}.{name} except all from dbts.{schema}.{name}
                        ))
                        + (select count(*) from (
                            from dbts.{schema}.{name} except all from ours.{schema}.{name}
                        ))
                    """
                ).fetchall()[0][0]
            )
        }

    assert differing == {}
    assert chain.failing() == {}


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
