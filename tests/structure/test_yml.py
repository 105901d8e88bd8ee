"""Where the yml of a model stands: with those of its folder, or in a file of its own name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.registry import REGISTRY
from ingestion.settings import CHECKOUT
from tests.structure.conftest import tracked

KINDS = {"models": "name", "unit_tests": "model"}
LONGEST = 400
# a source brings the yml of its models in the folders for all sources with it
BROUGHT = tuple(f"int_{load.source}__" for load in REGISTRY)
FOLDERS = sorted(
    {
        path.parent
        for path in tracked()
        if path.suffix in {".sql", ".py"} and path.is_relative_to("dbt_project/models")
    }
    # its files are by subject: a metric's tests are many, and its model is one of a few
    - {Path("dbt_project/models/metrics")}
)
every_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def models_of(folder: Path) -> set[str]:
    return {
        path.stem for path in tracked() if path.parent == folder and path.suffix in {".sql", ".py"}
    }


def yml_of(folder: Path) -> list[Path]:
    return [path for path in tracked() if path.parent == folder and path.suffix == ".yml"]


def named(path: Path) -> tuple[str, str]:
    """Return whose file it is, the folder's or a model's, and of which kind."""
    whose, _, kind = path.stem.removeprefix("_").rpartition("__")
    return whose, kind


def length(path: Path) -> int:
    return len((CHECKOUT / path).read_text().splitlines())


def told_of(path: Path) -> dict[str, set[str]]:
    """Return by key of a yml file the models it tells of."""
    content: dict[str, Any] = yaml.safe_load((CHECKOUT / path).read_text())
    return {
        key: {each[KINDS[key]] for each in found} for key, found in content.items() if key in KINDS
    }


@every_folder
def test_the_yml_of_a_model_is_found_by_the_name_of_its_folder_or_its_own(folder: Path) -> None:
    names, wrong = models_of(folder), []
    for path in yml_of(folder):
        whose, kind = named(path)
        if kind == "sources" and whose == folder.name:
            continue
        allowed = names if whose == folder.name else {whose} & names
        told = told_of(path)
        if set(told) != {kind} or not told[kind] <= allowed:
            wrong.append(str(path))
    assert wrong == []


@every_folder
def test_a_model_has_a_yml_of_its_own_only_where_the_folders_has_no_room(folder: Path) -> None:
    wrong = [f"{path}: {length(path)} lines" for path in yml_of(folder) if length(path) > LONGEST]
    own: dict[str, list[Path]] = {}
    for path in yml_of(folder):
        whose, kind = named(path)
        if whose != folder.name and not whose.startswith(BROUGHT):
            own.setdefault(kind, []).append(path)
    for kind, paths in own.items():
        shared = CHECKOUT / folder / f"_{folder.name}__{kind}.yml"
        lines = length(shared.relative_to(CHECKOUT)) if shared.exists() else 0
        # its first three lines are the same in each
        wrong += [str(path) for path in paths if lines + length(path) - 3 <= LONGEST]
    assert wrong == []
