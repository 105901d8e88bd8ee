"""The page about using the published file says what is true: what it shows is run on a whole run's file."""

from __future__ import annotations

import re
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import duckdb
import pytest

from ingestion.settings import CHECKOUT, settings
from orchestration import publish, published_file, records

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Company

PAGE = (CHECKOUT / "docs/use-the-data.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(PAGE)
SQL = [text for language, text in BLOCKS if language == "sql"]
PYTHON = [text for language, text in BLOCKS if language == "python"]
OFFLINE: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": "false"}


@pytest.fixture
def checkout(in_company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that has the published file where a checkout has it; download nothing."""
    (tmp_path / "data").symlink_to(in_company.home)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(duckdb, "connect", partial(duckdb.connect, config=OFFLINE))
    return tmp_path


def first_words(text: str) -> str:
    return " ".join(text.split()[:6])


def test_the_page_shows_nothing_that_no_test_runs() -> None:
    assert {language for language, _ in BLOCKS} == {"sql", "python", "bash"}
    bash = [text for language, text in BLOCKS if language == "bash"]
    assert bash == ["duckdb -readonly data/serving/current.duckdb\n"]


@pytest.mark.parametrize("query", SQL, ids=first_words)
def test_a_query_of_the_page_finds_something(query: str, checkout: Path) -> None:
    path = checkout / "data/serving/current.duckdb"
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        result = connection.execute(query)
        if query.startswith("select"):
            assert result.fetchall()


@pytest.mark.parametrize("program", PYTHON, ids=first_words)
def test_a_program_of_the_page_runs(
    program: str, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(program, {})
    assert "account_mrr_amount" in capsys.readouterr().out


def test_the_exports_of_the_page_hold_every_row(checkout: Path) -> None:
    path = checkout / "data/serving/current.duckdb"
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        for query in SQL:
            if not query.startswith("select"):
                connection.execute(query)
        tables = connection.execute(
            "select schema_name || '_' || table_name from duckdb_tables()"
        ).fetchall()
        for name, rows in (
            ("customers.csv", "marts.dim_customers where is_identified and not is_internal"),
            ("touchpoints.parquet", "marts.fct_touchpoints"),
            ("parquet/marts_dim_accounts.parquet", "marts.dim_accounts"),
        ):
            (counts,) = connection.execute(
                f"select (select count(*) from '{name}'), (select count(*) from {rows})"
            ).fetchall()
            assert counts[0] == counts[1] > 0, name
    assert {f"{name}.parquet" for (name,) in tables} == {
        file.name for file in (checkout / "parquet").glob("*.parquet")
    }


def test_the_schemas_of_the_page_are_those_of_the_file(checkout: Path) -> None:
    path = checkout / "data/serving/current.duckdb"
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        there = connection.execute("select distinct schema_name from duckdb_tables()").fetchall()
    told = PAGE.partition("| schema |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", told, re.MULTILINE)) == {name for (name,) in there}


def test_who_has_a_version_open_goes_on_reading_it() -> None:
    def publish_generation(number: int) -> Path:
        settings().warehouse.parent.mkdir(parents=True, exist_ok=True)
        with closing(duckdb.connect(str(settings().warehouse))) as connection:
            connection.execute("create schema if not exists marts")
            connection.execute(
                f"create or replace table marts.dim_customers as "
                f"select {number} as generation from range(200000)"
            )
        before = records.build_started()
        records.build_ended(passed=True, is_complete=True, before=before)
        return publish.publish().path

    first = publish_generation(1)
    link = settings().serving / published_file.CURRENT
    query = "select distinct generation from marts.dim_customers"
    with closing(duckdb.connect(str(link), read_only=True)) as connection:
        for number in (2, 3):
            publish_generation(number)
        assert not first.exists()
        assert connection.execute(query).fetchall() == [(1,)]
    with closing(duckdb.connect(str(link), read_only=True)) as connection:
        assert connection.execute(query).fetchall() == [(3,)]
