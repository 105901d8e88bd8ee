"""What the monthly figures are defined by: models, macros and seeds, and which of them changed.

A figure can change although no row behind it did: somebody changed how it is counted.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration import insight, project

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = "kette"
# dbt's Python models call this package
INSIGHT = "python.orchestration.insight"


def current() -> dict[str, tuple[str, frozenset[str]]]:
    """Return what defines the figures that the last build made.

    Returns:
        Name of a model, seed or macro -> (checksum, the metric models that depend on it); empty
        where no project was parsed yet.
    """
    manifest = project.parsed_manifest()
    return {} if manifest is None else of_manifest(manifest, _insight_checksum())


def of_manifest(
    manifest: Mapping[str, Any], insight_checksum: str
) -> dict[str, tuple[str, frozenset[str]]]:
    """Return the same of a given manifest (shape: dbt's ``manifest.json``, version 12)."""
    checksums = {
        name: node["checksum"]["checksum"]
        for name, node in manifest["nodes"].items()
        if node["resource_type"] in {"model", "seed"} and node["package_name"] == PACKAGE
    }
    checksums |= {
        name: hashlib.sha256(macro["macro_sql"].encode()).hexdigest()
        for name, macro in manifest["macros"].items()
        if macro["package_name"] == PACKAGE
    }
    checksums[INSIGHT] = insight_checksum
    dependants: dict[str, set[str]] = {}
    for name, node in manifest["nodes"].items():
        if node["resource_type"] == "model" and node["schema"] == "metrics":
            for definition in _ancestors(manifest, name):
                dependants.setdefault(definition, set()).add(node["name"])
    return {
        name: (checksum, frozenset(dependants[name]))
        for name, checksum in checksums.items()
        if name in dependants
    }


def _ancestors(manifest: Mapping[str, Any], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        thing = manifest["nodes"].get(name) or manifest["macros"].get(name)
        if thing is None:
            continue
        needs = thing.get("depends_on", {})
        waiting += needs.get("nodes", []) + needs.get("macros", [])
        if thing.get("language") == "python":
            waiting.append(INSIGHT)
    return found


def _insight_checksum() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(insight.__path__[0]).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
