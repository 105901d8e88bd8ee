"""The documents say what is there: commands, targets, links, generated pages."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import typer
import yaml

from ingestion.registry import REGISTRY
from ingestion.settings import CHECKOUT
from orchestration import reference
from orchestration.cli import app
from tests.structure.conftest import tracked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REQUIRED = (
    "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "docs/architecture.md",
    "docs/connect.md", "docs/runbook.md", "docs/benchmarks.md",
)  # fmt: skip
TARGETS = ("run", "serve", "test", "check", "fix", "bench", "proof", "docs", "clean")

# what a source's page says of updates, deletes and merges, each with the way or with a no
CAPTURES = re.compile(
    r"\*\*Captures\*\* updates: (yes, by |no\b)[^·]+"
    r"· deletes: (yes, by |no\b)[^·]+· merges: (yes, by |no\b)"
)

_WHOLE = re.MULTILINE | re.DOTALL


def documents() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def commands(group: Any, prefix: str = "kette") -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}"


@pytest.mark.parametrize("name", REQUIRED)
def test_the_document_exists(name: str) -> None:
    assert (CHECKOUT / name).is_file()


def test_the_makefile_helps_with_every_target() -> None:
    shown = subprocess.run(["make"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert [name for name in TARGETS if f"  {name} " not in shown.stdout] == []


def test_installing_tells_of_no_single_package() -> None:
    installing = re.findall(r"pip install.*", (CHECKOUT / "Makefile").read_text())
    assert installing
    assert [line for line in installing if "--quiet" not in line] == []


def test_every_command_is_in_the_runbook() -> None:
    runbook = (CHECKOUT / "docs/runbook.md").read_text()
    assert [name for name in commands(typer.main.get_command(app)) if name not in runbook] == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{path}: {target}"
        for path in documents()
        for target in re.findall(
            r"\]\((?!https?:|#|mailto:)([^)#\s]+)", (CHECKOUT / path).read_text()
        )
        if not (CHECKOUT / path).parent.joinpath(target).exists()
    ]
    assert broken == []


def test_generated_pages_are_as_they_would_be_written_now(manifest: dict[str, Any]) -> None:
    for name, text in reference.pages(manifest).items():
        assert (CHECKOUT / "docs" / name).read_text() == text, f"{name}: run `make docs`"


@pytest.mark.parametrize("column", ["unit", "direction", "additivity", "rows_months"])
def test_the_page_of_metrics_names_what_dbt_allows(column: str) -> None:
    seeds = yaml.safe_load((CHECKOUT / "seeds/_journey__seeds.yml").read_text())["seeds"]
    (metrics,) = (seed for seed in seeds if seed["name"] == "metrics")
    (given,) = (each for each in metrics["columns"] if each["name"] == column)
    (allowed,) = (check for check in given["data_tests"] if "accepted_values" in check)
    values = allowed["accepted_values"]["arguments"]["values"]
    told = ", ".join(f"`{value}`" for value in values)
    assert f"| `{column}` | {told} |" in (CHECKOUT / "docs/metrics.md").read_text()


@pytest.mark.parametrize("source", [load.source for load in REGISTRY])
def test_a_source_says_in_one_form_what_it_captures(source: str) -> None:
    text = " ".join((CHECKOUT / f"docs/sources/{source}.md").read_text().split())
    loaded = text.partition("## What is loaded")[2].partition(" ## ")[0] or text
    assert CAPTURES.search(loaded), f"docs/sources/{source}.md: **Captures** updates: yes, by …"


def test_the_files_to_begin_with_exist() -> None:
    text = (CHECKOUT / "docs/architecture.md").read_text()
    table = text.partition("## Find the file")[2].partition("\n## ")[0]
    named = re.findall(r"`((?:seeds|dbt_project|orchestration|ingestion|dashboards)/[^`]+)`", table)
    missing = [
        path
        for path in named
        if not list(CHECKOUT.glob(re.sub("<[a-z_]+>", "*", path).rstrip("/")))
    ]
    assert missing == []
    assert len(named) > 15


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in (CHECKOUT / "docs/decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_quirk_names_a_test_that_exists(manifest: dict[str, Any]) -> None:
    examples = manifest["unit_tests"].values()
    checks = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    known = {node["name"] for node in [*examples, *checks]}
    for path in tracked():
        if path.parts[0] == "tests" and path.suffix == ".py":
            known.update(
                re.findall(r"^def (test_\w+)", (CHECKOUT / path).read_text(), re.MULTILINE)
            )
    named = {
        name
        for path in documents()
        for table in re.findall(r"^## Quirks$.*?^## ", (CHECKOUT / path).read_text(), _WHOLE)
        for name in re.findall(r"\| `(\w+)` \|$", table, re.MULTILINE)
    }
    assert named
    assert named <= known, named - known
