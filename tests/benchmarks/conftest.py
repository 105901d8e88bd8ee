"""Measurements: figures and ratios taken in one run, written to docs/benchmarks.md.

``make bench`` runs them. A measurement records what it found; ratios compare two things measured
in the same run on the same machine, since seconds alone say nothing about another machine.
"""

from __future__ import annotations

import os
import platform
import re
import resource
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pytest

from ingestion.settings import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = CHECKOUT / "docs" / "benchmarks.md"
HEAD = """<!-- written by `make bench` -->

# Benchmarks

Ratios compare what was measured in the same run.
"""
WHERE = "Measured on {day} with {cores} cores of {machine}, Python {python}, DuckDB {duckdb}."


@dataclass(frozen=True)
class Measurement:
    """One line of the page."""

    subject: str
    name: str
    value: str
    bar: str = ""


Record = Callable[..., None]
FOUND: list[Measurement] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "benchmarks" in item.path.parts:
            item.add_marker("bench")


@pytest.fixture
def record() -> Record:
    """Return what writes a figure down: ``record(subject, name, value, bar="≥ 0.4")``."""

    def write(subject: str, name: str, value: object, bar: str = "") -> None:
        FOUND.append(Measurement(subject, name, str(value), bar))

    return write


@pytest.fixture
def big_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty folder for large files."""
    return tmp_path_factory.mktemp("bench")


def peak_memory_mb(*, of_children: bool = False) -> float:
    """Return the largest resident memory so far, in MB, of this process or of its children."""
    who = resource.RUSAGE_CHILDREN if of_children else resource.RUSAGE_SELF
    return resource.getrusage(who).ru_maxrss / 1024


@pytest.fixture(scope="session", autouse=True)
def page() -> Iterator[None]:
    """Write what was measured; what this run did not measure stays as it stands."""
    yield
    if not FOUND:
        return
    where = WHERE.format(
        day=f"{datetime.now(UTC):%Y-%m-%d}",
        cores=os.cpu_count(),
        machine=platform.machine(),
        python=platform.python_version(),
        duckdb=duckdb.__version__,
    )
    sections = _sections(PAGE.read_text(encoding="utf-8") if PAGE.exists() else "")
    for subject in dict.fromkeys(found.subject for found in FOUND):
        lines = [
            f"| {found.name} | {found.value} | {found.bar} |"
            for found in FOUND
            if found.subject == subject
        ]
        table = "\n".join(["| what | measured | bar |", "|---|---|---|", *lines])
        sections[subject] = f"{where}\n\n{table}"
    text = "\n\n".join(f"## {subject}\n\n{body}" for subject, body in sections.items())
    PAGE.write_text(f"{HEAD}\n{text}\n", encoding="utf-8")


def _sections(text: str) -> dict[str, str]:
    """Return what stands on the page, by subject."""
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)[1:]
    return {subject: body.strip() for subject, body in zip(parts[::2], parts[1::2], strict=True)}
