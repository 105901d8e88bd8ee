"""Every fact stands once: what Dagster, `kette doctor`, alerts and pages all judge by."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from dashboards.i18n import LANGUAGES
from ingestion.control import outcomes
from ingestion.registry import REGISTRY
from ingestion.settings import CHECKOUT
from tests.structure.conftest import python_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOME = "ingestion/control/outcomes.py"
WORDS = {*outcomes.LOADS, *outcomes.RUNS}
# dbt and Dagster have words of their own, which they are asked by
OTHERS_WORDS = {"orchestration/withheld.py", "orchestration/build.py"}
# how old a source's data may be is its own; these two hand it on
LIMITS_READ = {"ingestion/loading/freshness.py", "orchestration/dagster/translators.py"}


def readers() -> Iterator[tuple[Path, ast.Module]]:
    """Yield the modules that judge how loads went, without the vendors' and the sandbox's."""
    for path in python_files("ingestion", "orchestration", "dashboards"):
        if str(path) != HOME and path.parts[1] not in {"sources", "sandbox", "i18n"}:
            yield path, ast.parse((CHECKOUT / path).read_text())


def is_about_a_status(node: ast.AST) -> bool:
    """Return whether code asks for, or sets, the status of a load or run."""
    if isinstance(node, ast.keyword):
        return node.arg == "status"
    text = ast.unparse(node) if isinstance(node, ast.Compare | ast.Call) else ""
    return "['status']" in text or ".c.status" in text


def test_states_of_loads_and_runs_are_spelled_in_one_place() -> None:
    wrong = [
        f"{path}:{node.lineno} {word.value!r}"
        for path, tree in readers()
        if str(path) not in OTHERS_WORDS
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare | ast.keyword | ast.Call) and is_about_a_status(node)
        for word in ast.walk(node)
        if isinstance(word, ast.Constant) and word.value in WORDS
    ]
    assert wrong == []


def test_the_equation_of_the_ledger_is_written_in_one_place() -> None:
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in readers()
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp)
        and all(name in ast.unparse(node) for name in outcomes.LEFT_OUT)
        # what a file's rows became is not yet a load
        and str(path) != "ingestion/sources/files/walk.py"
    ]
    assert wrong == []
    assert outcomes.EQUATION == "seen = loaded + deduped + quarantined + suppressed"


def test_how_old_data_may_be_is_asked_in_one_place() -> None:
    reading = {
        str(path)
        for path, tree in readers()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "fresh_within"
    }
    assert reading == LIMITS_READ


def test_each_state_has_a_name_on_the_pages() -> None:
    for code in ("en", "de"):
        texts = LANGUAGES[code].texts
        assert [state for state in outcomes.LOADS if f"load_status.{state}" not in texts] == []
        assert [state for state in outcomes.RUNS if f"run_status.{state}" not in texts] == []


def test_a_source_is_called_the_same_on_its_page_of_documentation() -> None:
    texts = LANGUAGES["en"].texts
    titles = {
        load.source: (CHECKOUT / f"docs/sources/{load.source}.md").read_text().partition("\n")[0]
        for load in REGISTRY
    }
    named = {
        source: f"# {texts[f'source.{source}']}" for source in titles if f"source.{source}" in texts
    }
    assert titles.items() >= named.items()
    assert len(named) > 1


def test_a_name_that_all_languages_write_alike_stands_once() -> None:
    english, german = (LANGUAGES[code].texts for code in ("en", "de"))
    alike = {
        key for key, text in english.items() if key.startswith("source.") and german[key] == text
    }
    wrong = [
        f"{path}: {key}"
        for path in python_files("dashboards")
        if path.name != "names.py"
        for key in alike
        if f'"{key}"' in (CHECKOUT / path).read_text()
    ]
    assert wrong == []
