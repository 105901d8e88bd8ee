"""Rules for the pages: figures are counted in the metrics layer, and exposures tell what is read."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest
import sqlglot
import yaml
from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from dashboards.pages import PAGES
from ingestion.settings import CHECKOUT
from tests.structure import page_code

if TYPE_CHECKING:
    from dashboards.pages import Page
    from tests.structure.page_code import Query

REF = re.compile(r"ref\('(\w+)'\)")
# functions whose SQL adds up rows of a fact, and why that computes no figure
ADDED_UP = {
    "account.value": "the money of one person and account, which is no figure of the company",
    "health.control_totals": "gathers the records behind a difference into its row",
    "quality.attributes": "only puts the best known attribute first",
    "quality.label_effects": "turns the rows of a measure into columns; each is counted in the mart",
    "retention.revenue_milestones": "adds up cohorts that the reader chose; the mart counts them",
}
# columns that say who or what counts, where a condition on one of them changes a figure
DECIDING = {"is_internal", "internal_label", "is_interaction", "is_automated", "direction"}
# functions whose SQL has such a condition, and why
CONDITIONS = {
    "people.recent": "a list of customers to begin with, without our own people",
    "quality.label_effects": "the label is the column in which a count stands",
    "service.behind": "the conversations behind figures that count none of our own people",
}
QUERIES = page_code.queries()


def parsed(query: Query) -> exp.Query:
    found = sqlglot.parse_one(query.sql, dialect="duckdb")
    assert isinstance(found, exp.Query)
    return found


def reads_a_fact(scope: Scope) -> bool:
    """Return whether rows of a fact reach a select, directly or through others inside it."""
    sources = [*scope.sources.values(), *scope.set_operation_scopes]
    return any(
        reads_a_fact(source) if isinstance(source, Scope) else source.name.startswith("fct_")
        for source in sources
    )


def adds_up_a_fact(query: Query) -> bool:
    return any(
        reads_a_fact(scope) and any(True for _ in scope.find_all(exp.AggFunc))
        for scope in traverse_scope(parsed(query))
    )


def decides(query: Query) -> bool:
    """Return whether a condition anywhere in the SQL names a column that says who counts."""
    conditions = (exp.Where, exp.Having, exp.Filter, exp.If, exp.Case, exp.Qualify)
    places = [node for kind in conditions for node in parsed(query).find_all(kind)]
    places += [node.args["on"] for node in parsed(query).find_all(exp.Join) if node.args.get("on")]
    return any(column.name in DECIDING for node in places for column in node.find_all(exp.Column))


def test_a_fact_that_is_added_up_below_another_select_is_found() -> None:
    hidden = """
        with paid as (
            select 1 as amount
            union all
            select amount from marts.fct_invoices
        )
        select sum(amount) as amount from paid
    """
    assert adds_up_a_fact(page_code.Query("m", "f", hidden))
    assert not adds_up_a_fact(page_code.Query("m", "f", "select sum(n) from metrics.mtr_a"))


def test_a_condition_on_who_counts_is_found_wherever_it_stands() -> None:
    for sql in (
        "select 1 from marts.dim_customers where not is_internal",
        "select count(*) filter (where c.is_internal) from marts.dim_customers as c",
        "select 1 from marts.fct_orders as o inner join marts.dim_customers as c on c.is_internal",
    ):
        assert decides(page_code.Query("m", "f", sql)), sql
    assert not decides(page_code.Query("m", "f", "select is_internal from marts.dim_customers"))


def test_pages_add_up_no_facts() -> None:
    """A figure is counted in a model of the metrics layer; a page selects and slices."""
    assert {query.name for query in QUERIES if adds_up_a_fact(query)} == set(ADDED_UP)


def test_pages_do_not_decide_who_counts() -> None:
    assert {query.name for query in QUERIES if decides(query)} == set(CONDITIONS)


def names_in_code() -> tuple[set[str], list[str]]:
    """Return the texts and attributes of the pages' code, and patterns of texts that it makes up.

    What a figure is made from is read by the room that pages share with commands.
    """
    nodes = [node for module in page_code.modules() for node in ast.walk(page_code.tree(module))]
    nodes += ast.walk(ast.parse((CHECKOUT / "explore" / "metrics.py").read_text()))
    words = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    words |= {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    made = [
        "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
            for part in node.values
        )
        for node in nodes
        if isinstance(node, ast.JoinedStr)
    ]
    return words, [pattern for pattern in made if re.fullmatch(r"(\\w\+)?\w{5,}(\\w\+)?", pattern)]


def test_pages_ask_only_for_columns_that_they_show_or_slice_by() -> None:
    words, made = names_in_code()
    unread = {
        f"{query.name}: {name}"
        for query in QUERIES
        for name in parsed(query).named_selects
        if name.isidentifier()
        and name not in words
        and not any(re.fullmatch(pattern, name) for pattern in made)
    }
    assert unread == set()


def test_sql_stands_in_queries_alone() -> None:
    elsewhere = {
        query.name
        for query in QUERIES
        if not query.module.startswith("dashboards.queries") and page_code.TABLE.search(query.sql)
    }
    assert elsewhere == set()
    assert QUERIES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_exposure_of_a_page_names_exactly_what_it_reads(page: Page) -> None:
    text = (CHECKOUT / "dbt_project/models/exposures.yml").read_text()
    exposures = {each["name"]: each for each in yaml.safe_load(text)["exposures"]}
    named = REF.findall(" ".join(exposures[page.name]["depends_on"]))
    assert sorted(named) == sorted(page_code.tables_read(page.script))
