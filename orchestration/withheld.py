"""What of a build may be published: which tables are fresh, which stay as they were, and why.

Three things block a table: a load that does not balance, a model that could not be built, and a failed
check of severity `error`, which tests keys and measures that a join could lose (dbt_project.yml). Each
blocks only the tables that read it; those stay as in the publication before. A check of severity `warn`
blocks nothing and is reported with the tables it affects.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ingestion.control import store
from orchestration import causes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

FACT = "build/tables"
# schema in the warehouse → schema in the copy
PUBLISHED = {"marts": "marts", "metrics": "metrics", "seeds": "catalogue"}
# of the seeds, only what pages read
CATALOGUE = (
    "metrics",
    "channels",
    "journey_steps",
    "touchpoints",
    "identity_rules",
    "survey_moments",
    "driver_candidates",
)
# the view over all families of metrics: the copy makes its own of the families it has, each as of its day
ASSEMBLED = ("metrics", "mtr_monthly")
LOAD, MODEL, CHECK = "load", "model", "check"
GOOD, BAD = {"success", "pass"}, {"fail", "error"}


@dataclass(frozen=True)
class Cause:
    """Why a table is not published anew.

    Attributes:
        kind: ``load``, ``model`` or ``check``.
        subject: The stream, the model or the check, by name.
        message: What it says itself.
    """

    kind: str
    subject: str
    message: str

    def __str__(self) -> str:
        words = {
            LOAD: f"the last load of {self.subject} does not balance",
            MODEL: f"{self.subject} could not be built",
            CHECK: f"the check {self.subject} failed",
        }
        return f"{words[self.kind]} ({self.message})" if self.message else words[self.kind]


@dataclass(frozen=True)
class Table:
    """One published table after a build.

    Attributes:
        schema_name: Its schema in the copy.
        name: Its name.
        cause: Why it stays as it was published before; None where it is fresh.
        warnings: The checks that warn of it or of what it is made from.
        pages: The pages that read it.
    """

    schema_name: str
    name: str
    cause: Cause | None = None
    warnings: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()


def published_as(schema: str, name: str) -> str | None:
    """Return the schema in the copy of a table of the warehouse; None where it is not copied."""
    if (schema == "seeds" and name not in CATALOGUE) or (schema, name) == ASSEMBLED:
        return None
    return PUBLISHED.get(schema)


def of_build(
    manifest: Mapping[str, Any],
    results: Iterable[Mapping[str, Any]],
    unbalanced: Iterable[str],
    models_named: Callable[[Mapping[str, Any]], set[str]],
) -> list[Table]:
    """Return what a whole build says of each published table.

    Args:
        manifest: dbt's manifest.
        results: ``results`` of run_results.json.
        unbalanced: Streams whose last load does not balance, as ``source stream``.
        models_named: Returns the models that the rows of a failed check of the whole project are
            about; empty where they do not say so.
    """
    by_id = {result["unique_id"]: result for result in results}
    causes_of = _of_loads(manifest, unbalanced)
    warnings_of: dict[str, list[str]] = defaultdict(list)
    for check, result in _checks_that_did_not_hold(manifest, by_id):
        is_blocking = result["status"] in BAD and check["config"]["severity"].lower() == "error"
        for tested in _about(check, manifest["nodes"], models_named, result):
            if is_blocking:
                told = causes.of_text(result.get("message"))
                causes_of.setdefault(tested, Cause(CHECK, check["name"], told))
            else:
                warnings_of[tested].append(check["name"])
    # a model may fail because of what the check of another found
    causes_of |= {
        unique_id: cause
        for unique_id, cause in _of_models(manifest, by_id).items()
        if unique_id not in causes_of
    }
    blocked = {root: _downstream(manifest, root) for root in causes_of}
    touched = {root: _downstream(manifest, root) for root in warnings_of}
    tables = []
    for unique_id, node in manifest["nodes"].items():
        schema = published_as(node.get("schema", ""), node["name"])
        if schema is None or node["resource_type"] not in {"model", "seed"}:
            continue
        found = [cause for root, cause in causes_of.items() if unique_id in blocked[root]]
        if not found and by_id.get(unique_id, {}).get("status") not in GOOD:
            found = [Cause(MODEL, node["name"], "")]
        warned = [
            name
            for root, names in warnings_of.items()
            if unique_id in touched[root]
            for name in names
        ]
        tables.append(
            Table(
                schema,
                node["name"],
                found[0] if found else None,
                tuple(sorted(set(warned))),
                _pages(manifest, unique_id),
            )
        )
    return tables


def _of_loads(manifest: Mapping[str, Any], unbalanced: Iterable[str]) -> dict[str, Cause]:
    """Return what blocks by the id of the raw table that an unbalanced load left."""
    project = manifest["metadata"]["project_name"]
    return {
        f"source.{project}.{stream.replace(' ', '.')}": Cause(LOAD, stream, "")
        for stream in unbalanced
    }


def _of_models(
    manifest: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]]
) -> dict[str, Cause]:
    """Return what blocks by the id of the model or seed that could not be built."""
    return {
        unique_id: Cause(MODEL, node["name"], causes.of_text(result.get("message")))
        for unique_id, result in results.items()
        if result["status"] in BAD
        and (node := manifest["nodes"].get(unique_id))
        and node["resource_type"] != "test"
    }


def _checks_that_did_not_hold(
    manifest: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for unique_id, result in results.items():
        node = manifest["nodes"].get(unique_id)
        if node and node["resource_type"] == "test" and result["status"] in BAD | {"warn"}:
            yield node, result


def remember(tables: Iterable[Table]) -> None:
    """Keep what a build says of the published tables until they are published."""
    store.remember(FACT, json.dumps([asdict(table) for table in tables]))


def remembered() -> dict[tuple[str, str], Table]:
    """Return what the last whole build said, by schema in the copy and name."""
    rows = json.loads(store.fact(FACT) or "[]")
    return {(row["schema_name"], row["name"]): _table(row) for row in rows}


def _table(row: dict[str, Any]) -> Table:
    cause = Cause(**row["cause"]) if row["cause"] else None
    lists = {name: tuple(row[name]) for name in ("warnings", "pages")}
    return Table(row["schema_name"], row["name"], cause, **lists)


def _about(
    check: Mapping[str, Any],
    nodes: Mapping[str, Any],
    models_named: Callable[[Mapping[str, Any]], set[str]],
    result: Mapping[str, Any],
) -> list[str]:
    """Return the ids of the models and seeds that a check that did not hold is about."""
    if check.get("attached_node"):
        return [check["attached_node"]]
    read = [each for each in check["depends_on"]["nodes"] if each in nodes]
    named = models_named(result)
    return [each for each in read if nodes[each]["name"] in named] or read


def _downstream(manifest: Mapping[str, Any], root: str) -> set[str]:
    """Return the ids of a node and of everything that reads it."""
    children, found, waiting = manifest["child_map"], {root}, [root]
    while waiting:
        new = {
            child
            for child in children.get(waiting.pop(), ())
            if child.startswith(("model.", "seed.")) and child not in found
        }
        found |= new
        waiting += new
    return found


def _pages(manifest: Mapping[str, Any], unique_id: str) -> tuple[str, ...]:
    """Return the pages that read a table, by its own name or through the view over all families."""
    view = f"model.{manifest['metadata']['project_name']}.{ASSEMBLED[1]}"
    families = set(
        manifest["nodes"].get(view, {"depends_on": {"nodes": []}})["depends_on"]["nodes"]
    )
    found = []
    for exposure in manifest["exposures"].values():
        read = set(exposure["depends_on"]["nodes"])
        # a page that names families shows no others of the view
        if view in read and not read & families:
            read |= families
        if unique_id in read:
            found.append(exposure["name"])
    return tuple(sorted(found))
