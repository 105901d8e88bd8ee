"""What the structure rules look at: the tracked files, the dbt manifest, the imports."""

from __future__ import annotations

import ast
import json
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from ingestion.settings import CHECKOUT


@lru_cache(maxsize=1)
def tracked() -> tuple[Path, ...]:
    """Return every file that git tracks or would track, relative to the checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    return tuple(Path(name) for name in listed if name and (CHECKOUT / name).exists())


def python_files(*rooms: str) -> list[Path]:
    """Return the Python files of some rooms, relative to the checkout."""
    return [path for path in tracked() if path.suffix == ".py" and path.parts[0] in rooms]


def imports(path: Path, *, types_too: bool = True) -> set[str]:
    """Return every module that a file imports, also inside functions, and for its types alone."""
    found: set[str] = set()
    tree = ast.parse((CHECKOUT / path).read_text())
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    of_types = [node for node in tests if ast.unparse(node.test) == "TYPE_CHECKING"]
    left_out = set() if types_too else {id(node) for part in of_types for node in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.fixture(scope="session")
def manifest(manifest_file: Path) -> dict[str, Any]:
    """Return the dbt manifest."""
    content: dict[str, Any] = json.loads(manifest_file.read_text())
    return content


@pytest.fixture(scope="session")
def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the dbt models."""
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
