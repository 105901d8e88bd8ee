"""Each room keeps to its job: what may be imported where, and what may be read by whom."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

import pytest

from ingestion.settings import CHECKOUT
from tests.structure.conftest import imports, python_files, tracked

if TYPE_CHECKING:
    from pathlib import Path

ROOMS = ("ingestion", "explore", "orchestration", "dashboards")
FORBIDDEN = {
    "ingestion": ("dagster", "dbt", "streamlit", "explore", "orchestration", "dashboards"),
    "explore": ("dagster", "dbt", "dlt", "streamlit", "orchestration", "dashboards"),
    "dashboards": (
        "dlt",
        "dagster",
        "orchestration",
        "ingestion.loading.run",
        "ingestion.registry",
    ),
    "orchestration": ("streamlit", "dashboards"),
}
SANDBOX = ["company", "vendors", "truth", "whole", "world"]
LONGEST = 400
GENERATED = {"requirements.lock"}


def is_or_is_in(module: str, package: str) -> bool:
    return module == package or module.startswith((f"{package}.", f"{package}_"))


def rooms_read(whole: Path, *, types_too: bool = True) -> dict[str, set[str]]:
    """Return which rooms each room imports; a room is a folder of the whole, or a module beside them."""
    place = whole.relative_to(CHECKOUT).parts
    package = ".".join(place)
    inside = [path for path in python_files(place[0]) if path.parts[: len(place)] == place]
    rooms = {path: path.with_suffix("").parts[len(place)] for path in inside}
    read: dict[str, set[str]] = {room: set() for room in rooms.values()}
    for path, room in rooms.items():
        for module in imports(path, types_too=types_too):
            other = module.removeprefix(f"{package}.").partition(".")[0]
            if module.startswith(f"{package}.") and other in read and other != room:
                read[room].add(other)
    return read


@pytest.mark.parametrize("room", FORBIDDEN)
def test_a_room_imports_nothing_of_another_rooms_job(room: str) -> None:
    wrong = [
        f"{path}: {module}"
        for path in python_files(room)
        for module in imports(path)
        if any(is_or_is_in(module, package) for package in FORBIDDEN[room])
    ]
    assert wrong == []


def test_the_rooms_of_the_load_read_downwards() -> None:
    # raises CycleError, which names the circle
    TopologicalSorter(rooms_read(CHECKOUT / "ingestion")).prepare()


def test_the_rooms_of_the_orchestration_read_downwards() -> None:
    TopologicalSorter(rooms_read(CHECKOUT / "orchestration")).prepare()


def test_the_rooms_of_the_sandbox_read_downwards() -> None:
    # the type of the whole company, which holds all vendors' records, is named below it
    read = rooms_read(CHECKOUT / "ingestion" / "sandbox", types_too=False)
    TopologicalSorter(read).prepare()
    upwards = [
        f"{room}: {above}"
        for place, room in enumerate(SANDBOX)
        for above in SANDBOX[place + 1 :]
        if above in read[room]
    ]
    assert upwards == []


def test_insight_is_pure_functions_without_dagster() -> None:
    wrong = [
        f"{path}: {module}"
        for path in python_files("orchestration")
        if "insight" in path.parts and "defs" not in path.parts
        for module in imports(path)
        if is_or_is_in(module, "dagster") or is_or_is_in(module, "dlt")
    ]
    assert wrong == []


def test_only_settings_reads_the_environment() -> None:
    reading = re.compile(r"os\.(environ|getenv)")
    wrong = [
        str(path)
        for path in python_files(*ROOMS)
        if reading.search((CHECKOUT / path).read_text()) and path.name != "settings.py"
    ]
    assert wrong == []


def test_sources_know_nothing_of_the_sandbox() -> None:
    telling = re.compile(r"sandbox|localhost|127\.0\.0\.1|nordlicht\.example", re.IGNORECASE)
    wrong = [
        str(path)
        for path in python_files("ingestion")
        if "sandbox" not in path.parts
        and path.name not in {"settings.py", "mode.py"}
        and "webhooks" not in path.parts
        and telling.search((CHECKOUT / path).read_text())
    ]
    assert wrong == []


def test_the_sandbox_and_the_sources_share_no_code() -> None:
    sources = [path for path in python_files("ingestion") if "sources" in path.parts]
    sandbox = [path for path in python_files("ingestion") if "sandbox" in path.parts]
    wrong = [
        f"{path}: {module}"
        for path, package in [
            *((path, "ingestion.sandbox") for path in sources),
            *((path, "ingestion.sources") for path in sandbox),
        ]
        for module in imports(path)
        if is_or_is_in(module, package)
    ]
    assert wrong == []


def test_only_tests_open_the_truth() -> None:
    wrong = [
        str(path)
        for path in tracked()
        if path.suffix in {".py", ".sql", ".yml"}
        and path.parts[0] in {*ROOMS, "dbt_project"}
        and path.parts[:3] != ("ingestion", "sandbox", "truth")
        and re.search(r"truth_|truth\*|truth\.parquet", (CHECKOUT / path).read_text())
    ]
    assert wrong == []


def test_every_module_opens_with_what_it_is_for() -> None:
    wrong = [
        str(path)
        for path in python_files(*ROOMS, "tests")
        if (text := (CHECKOUT / path).read_text()).strip()
        and not ast.get_docstring(ast.parse(text))
    ]
    assert wrong == []


def test_no_file_is_too_long_to_know_its_room() -> None:
    def lines(path: Path) -> int:
        return len((CHECKOUT / path).read_text().splitlines())

    wrong = [
        f"{path}: {lines(path)}"
        for path in tracked()
        if path.suffix in {".py", ".sql"} and lines(path) > LONGEST
    ]
    assert wrong == []


def test_no_file_names_a_package_host() -> None:
    naming = re.compile(r"index-url|extra-index|find-links|https?://[^\s\"]*/simple\b")
    wrong = [
        str(path)
        for path in tracked()
        if path.suffix in {".lock", ".txt", ".toml", ".cfg"} or path.name == "Makefile"
        if naming.search((CHECKOUT / path).read_text())
    ]
    assert wrong == []
