"""Whole companies that went through `kette run`, and how to ask them and their truth."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ingestion.settings import CHECKOUT
from tests.conftest import Company, clean_environment, make_company

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class World:
    """A company's published figures beside its truth."""

    company: Company
    is_small: bool = True

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return a query's rows; ``truth_*`` are the truth's tables, marts and metrics published."""
        sandbox = self.company.home / "sandbox"
        with closing(duckdb.connect(":memory:")) as connection:
            connection.execute("set timezone = 'UTC'")
            published = (self.company.home / "serving" / "current.duckdb").resolve()
            connection.execute(f"attach '{published}' as published (read_only)")
            connection.execute("use published")
            for path in sandbox.glob("truth_*.parquet"):
                connection.execute(
                    f"create temp view {path.stem} as select * from read_parquet('{path}')"
                )
            return connection.execute(query).fetchall()


@pytest.fixture(scope="session")
def large_company(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Company:
    """Return a company of the size that `make run` makes, after one run."""
    return make_company(request, tmp_path_factory, "large", customers=2000, months=24)


@pytest.fixture(params=["small", pytest.param("large", marks=pytest.mark.proof)])
def world(request: pytest.FixtureRequest) -> World:
    """Return the small company in every test run, and the large one in the long proofs."""
    name = "company" if request.param == "small" else "large_company"
    return World(request.getfixturevalue(name), is_small=request.param == "small")


def kette(home: Path, *arguments: str, **variables: str) -> str:
    """Run a command of `kette` on a data folder and return what it printed; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        env=clean_environment(home) | variables,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# what is known is known from a run on, and a load has an id of its own: they tell of the runs, not
# of the company
OF_THE_RUNS = ("bridge_customer_alias_history",)
OF_THE_LOADS = ("load_id",)


def differences(left: Path, right: Path) -> Mapping[str, int]:
    """Return for each published table how many rows are only in one of two publications."""
    found: dict[str, int] = {}
    with closing(duckdb.connect(":memory:")) as connection:
        connection.execute("set timezone = 'UTC'")
        for name, path in (("a", left), ("b", right)):
            connection.execute(f"attach '{path.resolve()}' as {name} (read_only)")
        tables = connection.execute(
            """
            select distinct table_schema, table_name from information_schema.tables
            where
                table_schema in ('marts', 'metrics')
                and table_catalog in ('a', 'b')
                and not list_contains($left_out, table_name)
            order by all
            """,
            {"left_out": list(OF_THE_RUNS)},
        ).fetchall()
        for schema, table in tables:
            left_out = f"columns(lambda name: not list_contains({list(OF_THE_LOADS)}, name))"
            one, other = (f"select {left_out} from {name}.{schema}.{table}" for name in "ab")
            rows = connection.execute(
                f"""
                select
                    (select count(*) from ({one} except all {other}))
                    + (select count(*) from ({other} except all {one}))
                """
            ).fetchall()
            if rows[0][0]:
                found[f"{schema}.{table}"] = rows[0][0]
    return found
