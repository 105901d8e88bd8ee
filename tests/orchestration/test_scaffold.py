"""`kette new-source`: the skeleton works as it is written, or nothing is written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ingestion.errors import KetteError
from ingestion.registry import REGISTRY
from ingestion.settings import CHECKOUT
from orchestration import scaffold
from orchestration.commands.scaffold import new_source
from tests.conftest import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

ROOMS = (
    "ingestion", "explore", "orchestration", "dashboards", "dbt_project", "seeds", "tests", "docs",
)  # fmt: skip
FILES = (".env.example", "pyproject.toml", "Makefile")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the checkout."""
    copy = tmp_path / "checkout"
    copy.mkdir()
    for room in ROOMS:
        shutil.copytree(
            CHECKOUT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__", "target")
        )
    for file in (*FILES, ".dlt/config.toml"):
        (copy / file).parent.mkdir(exist_ok=True)
        shutil.copy(CHECKOUT / file, copy / file)
    return copy


def in_copy(checkout: Path, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(tmp_path / "home") | {"PYTHONPATH": str(checkout)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


# the recipe of a source is followed in each test run
@pytest.mark.proof
def test_a_new_source_passes_its_own_test(checkout: Path, tmp_path: Path) -> None:
    written = scaffold.write("trust_stars", "reviews", checkout)
    changed = {"ingestion/registry.py", "dbt_project/macros/offers.sql", ".env.example"}
    assert {str(path) for path in written if (CHECKOUT / path).exists()} == changed
    assert len(written) == 8 + len(changed)
    done = in_copy(
        checkout, tmp_path, "-m", "pytest", "-q", "tests/ingestion/sources/test_trust_stars.py"
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr


# tests/recipes holds the same rules after all recipes at once
@pytest.mark.proof
def test_a_new_source_keeps_the_rules_of_its_rooms(checkout: Path, tmp_path: Path) -> None:
    command = ("-m", "orchestration.cli", "new-source", "trust_stars", "--stream", "reviews")
    done = in_copy(checkout, tmp_path, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    subprocess.run(["git", "init", "-q"], cwd=checkout, check=True)
    done = in_copy(
        checkout, tmp_path, "-m", "pytest", "-q",
        "tests/structure/test_registry.py", "tests/structure/test_models.py",
        "tests/structure/test_rooms.py",
        "tests/structure/test_documents.py::test_generated_pages_are_as_they_would_be_written_now",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_source_of_the_help_is_none_that_is_there() -> None:
    shown = re.findall(r"kette new-source (\w+)", new_source.__doc__ or "")
    assert shown
    assert set(shown) & {load.source for load in REGISTRY} == set()


@pytest.mark.parametrize("name", ["Trustmary", "trust mary", "", "1st", "a__b", "class"])
def test_a_name_that_is_no_word_is_refused(name: str, checkout: Path) -> None:
    with pytest.raises(KetteError, match="snake_case"):
        scaffold.write(name, "reviews", checkout)


def test_an_existing_source_is_left_alone(checkout: Path) -> None:
    before = (checkout / "ingestion/registry.py").read_text()
    with pytest.raises(KetteError, match="exists"):
        scaffold.write("hubspot", "contacts", checkout)
    assert (checkout / "ingestion/registry.py").read_text() == before
