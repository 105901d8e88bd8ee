"""Runs, check results and builds in the control store: what happened, even if it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ingestion.control import outcomes, store, tables
from ingestion.loading import freshness
from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# dbt's words for the outcome of a test or model → ours
OUTCOMES = {"pass": "pass", "success": "pass", "warn": "warn", "fail": "fail", "error": "error"}
BUILD = "build"
# tag of a Dagster run that is part of one of ours
RUN_TAG = "kette/run"


def run_of(dagster_run_id: str, tags: Mapping[str, str]) -> str:
    """Return the run that a Dagster run belongs to: the one its tag names, else itself."""
    return tags.get(RUN_TAG, dagster_run_id)


def begin(run_id: str, kind: str, mode: str) -> None:
    """Record that a run is under way; a run that is known already stays as it is."""
    if store.rows(sa.select(tables.runs.c.run_id).where(tables.runs.c.run_id == run_id)):
        return
    freshness.note()
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.runs).values(
                run_id=run_id,
                kind=kind,
                mode=mode,
                as_of=settings().today(),
                started_at=store.now(),
                status=outcomes.RUNNING,
            )
        )


def finish(run_id: str, error: str | None = None) -> None:
    """Record the end of a run; the first end that is recorded counts."""
    with store.begin() as connection:
        connection.execute(
            sa.update(tables.runs)
            .where(tables.runs.c.run_id == run_id, tables.runs.c.status == outcomes.RUNNING)
            .values(
                status=outcomes.FAILED if error else outcomes.SUCCEEDED,
                error=error,
                finished_at=store.now(),
            )
        )


def close_abandoned(kind: str) -> None:
    """Record the end of runs whose process died; call it while holding their lock."""
    with store.begin() as connection:
        connection.execute(
            sa.update(tables.runs)
            .where(tables.runs.c.kind == kind, tables.runs.c.status == outcomes.RUNNING)
            .values(
                status=outcomes.FAILED,
                error="The process ended without finishing the run. Run again",
                finished_at=store.now(),
            )
        )


def check_rows(
    run_id: str, results: Iterable[Mapping[str, Any]], nodes: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Turn dbt's run results into rows of ``check_results``.

    Tests always count; a model or seed only where it failed, since nothing checks a thing that was
    not built. Skipped nodes leave no row.

    Args:
        run_id: The run they belong to.
        results: ``results`` of run_results.json.
        nodes: ``nodes`` of the manifest.
    """
    rows = []
    for result in results:
        node = nodes.get(result["unique_id"], {})
        status = OUTCOMES.get(result["status"])
        is_test = result["unique_id"].startswith(("test.", "unit_test."))
        if status is None or (not is_test and status == "pass"):
            continue
        model = node.get("attached_node") or ""
        rows.append(
            {
                "run_id": run_id,
                "check_name": node.get("name", result["unique_id"]),
                "model": (model.rsplit(".", 1)[-1] or None) if is_test else node.get("name"),
                "status": status,
                "failures": result.get("failures"),
                "message": None if status == "pass" else result.get("message"),
                "checked_at": store.now(),
            }
        )
    return rows


def record_checks(rows: list[dict[str, Any]]) -> None:
    """Store check results."""
    if rows:
        with store.begin() as connection:
            connection.execute(sa.insert(tables.check_results), rows)


def build_started() -> str:
    """Remember that models are being rebuilt and return the state before."""
    before = build_state()
    store.remember(BUILD, "running")
    return before


def build_ended(*, passed: bool, is_complete: bool, before: str) -> None:
    """Remember how the build ended.

    Only a complete build can make a failed one good: part of the models says nothing about the
    others.
    """
    if not passed:
        state = "failed"
    elif is_complete:
        state = "passed"
    else:
        state = before if before != "running" else "failed"
    store.remember(BUILD, state)


def built_by_hand() -> None:
    """Remember that tables are changed outside a whole build."""
    store.remember(BUILD, "by hand")


def build_state() -> str:
    """Return ``passed``, ``failed``, ``running``, ``by hand`` or ``none``."""
    return store.fact(BUILD) or "none"
