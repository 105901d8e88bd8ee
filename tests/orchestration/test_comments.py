"""The published file tells of each table and column what it means, in the words of the yml files."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import yaml

from ingestion.settings import CHECKOUT, settings
from orchestration import comments, publish, published_file, records, withheld

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from tests.conftest import Company

DOC = re.compile(r"{{ doc\('(\w+)'\) }}")
ADDED = {
    "about", "tables", "publications", "known_figures", "row_changes", "definition_changes",
    "figures_as_known", "closed_figures", "figure_causes",
}  # fmt: skip
DOCS_BLOCK = re.compile(r"{% docs (\w+) %}(.*?){% enddocs %}", re.DOTALL)


def of_yml() -> Iterator[tuple[str, str, str]]:
    """Yield (table, column or nothing, words) of every yml that describes tables."""
    blocks = {
        name: text
        for path in (CHECKOUT / "dbt_project/models").rglob("*.md")
        for name, text in DOCS_BLOCK.findall(path.read_text())
    }

    def words(text: str) -> str:
        return " ".join(DOC.sub(lambda found: blocks[found[1]], text).split())

    described: list[dict[str, Any]] = []
    for folder in ("dbt_project/models/marts", "dbt_project/models/metrics", "seeds"):
        for path in (CHECKOUT / folder).rglob("*.yml"):
            document = yaml.safe_load(path.read_text())
            described += [*document.get("models", []), *document.get("seeds", [])]
    for tables in yaml.safe_load((CHECKOUT / "orchestration/published.yml").read_text()).values():
        described += tables
    for table in described:
        yield table["name"], "", words(table["description"])
        for column in table["columns"]:
            yield table["name"], column["name"], words(column.get("description", ""))


def comments_of(path: Path) -> dict[tuple[str, str], str | None]:
    """Return the comments of a file by (table, column), and of tables by (table, nothing)."""
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        rows = connection.execute(
            """
            select table_name, '' as column_name, comment from duckdb_tables()
            union all
            select table_name, column_name, comment from duckdb_columns() where not internal
            """
        ).fetchall()
    return {(table, column): comment for table, column, comment in rows}


def test_every_table_and_column_of_a_whole_run_has_the_words_of_its_yml(
    in_company: Company,
) -> None:
    found = comments_of(settings().serving / published_file.CURRENT)
    promised = {(table, column): words for table, column, words in of_yml()}
    assert ("dim_customers", "email") in found
    assert [each for each, comment in found.items() if not comment] == []
    assert found == {each: promised.get(each) for each in found}


def build(*tables: str) -> None:
    """Make the warehouse, each table with a row, and let the build pass."""
    settings().warehouse.parent.mkdir(parents=True, exist_ok=True)
    with closing(duckdb.connect(str(settings().warehouse))) as connection:
        for name in tables:
            connection.execute(f"create schema if not exists {name.partition('.')[0]}")
            connection.execute(f"create table {name}")
    before = records.build_started()
    records.build_ended(passed=True, is_complete=True, before=before)


def test_what_publishing_adds_is_described() -> None:
    build(
        "marts.dim_customers as select 1 as id",
        "seeds.metrics as select 'mrr' as metric, '' as rows_model, '' as rows_months",
    )
    found = comments_of(publish.publish().path)
    added = {each: words for each, words in found.items() if each[0] in ADDED}
    assert ("figure_causes", "rows_month") in added
    assert [each for each, words in added.items() if not words] == []
    # and nothing is described that is not there
    described = {(table, column) for table, column, _ in of_yml() if table in ADDED}
    assert described - added.keys() == set()
    assert {table for table, _ in found} - ADDED == {"dim_customers", "metrics"}


def described_as(text: str) -> dict[tuple[str, str], comments.Described]:
    return {
        ("marts", name): comments.Described(f"{name}: {text}", {"id": f"id, {text}"})
        for name in ("dim_customers", "fct_touchpoints")
    }


def test_what_is_carried_over_keeps_the_words_of_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    build("marts.dim_customers as select 1 as id", "marts.fct_touchpoints as select 1 as id")
    refused = withheld.Cause("load", "hubspot deals", "")
    for text, cause in (("it's first", None), ("second", refused), ("third", refused)):
        withheld.remember(
            [
                withheld.Table("marts", "dim_customers"),
                withheld.Table("marts", "fct_touchpoints", cause),
            ]
        )
        monkeypatch.setattr(comments, "described", lambda _manifest, text=text: described_as(text))
        path = publish.publish().path

    found = comments_of(path)
    assert {each: comment for each, comment in found.items() if comment} == {
        ("dim_customers", ""): "dim_customers: third",
        ("dim_customers", "id"): "id, third",
        ("fct_touchpoints", ""): "fct_touchpoints: it's first",
        ("fct_touchpoints", "id"): "id, it's first",
    }
