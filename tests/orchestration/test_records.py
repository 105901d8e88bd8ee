"""Runs, checks and builds in the control store."""

from __future__ import annotations

from ingestion.control import store
from orchestration import records

NODES = {
    "model.kette.dim_customers": {"name": "dim_customers"},
    "test.kette.unique_dim_customers_customer_id.1": {
        "name": "unique_dim_customers_customer_id",
        "attached_node": "model.kette.dim_customers",
    },
    "test.kette.assert_mrr_adds_up.2": {"name": "assert_mrr_adds_up"},
}


def result(unique_id: str, status: str, **more: object) -> dict[str, object]:
    return {"unique_id": unique_id, "status": status, "failures": None, "message": None, **more}


def test_tests_are_recorded_with_their_model_and_their_failures() -> None:
    rows = records.check_rows(
        "run-1",
        [
            result(
                "test.kette.unique_dim_customers_customer_id.1", "fail", failures=3, message="Got 3"
            ),
            result("test.kette.assert_mrr_adds_up.2", "pass", failures=0, message="ok"),
        ],
        NODES,
    )
    assert [(r["check_name"], r["model"], r["status"], r["failures"], r["message"]) for r in rows] == [
        ("unique_dim_customers_customer_id", "dim_customers", "fail", 3, "Got 3"),
        ("assert_mrr_adds_up", None, "pass", 0, None),
    ]  # fmt: skip


def test_a_model_counts_only_where_it_could_not_be_built() -> None:
    built = records.check_rows("r", [result("model.kette.dim_customers", "success")], NODES)
    broken = records.check_rows("r", [result("model.kette.dim_customers", "error")], NODES)
    assert built == []
    assert [(row["model"], row["status"]) for row in broken] == [("dim_customers", "error")]


def test_what_was_skipped_leaves_no_row() -> None:
    skipped = result("test.kette.assert_mrr_adds_up.2", "skipped")
    assert records.check_rows("r", [skipped], NODES) == []


def test_the_first_end_of_a_run_counts() -> None:
    records.begin("run-1", "run", "demo")
    records.begin("run-1", "run", "demo")
    records.finish("run-1", "the source refused")
    records.finish("run-1")
    (run,) = store.recent_runs()
    assert (run["status"], run["error"]) == ("failed", "the source refused")
    assert run["finished_at"] >= run["started_at"]


def test_a_run_whose_process_died_is_closed_by_the_next_of_its_kind() -> None:
    records.begin("dead", "run", "demo")
    records.begin("other", "load hubspot", "demo")
    records.close_abandoned("run")
    states = {run["run_id"]: run["status"] for run in store.recent_runs()}
    assert states == {"dead": "failed", "other": "running"}


def test_part_of_the_models_neither_repairs_nor_spoils_the_whole() -> None:
    def build(*, passed: bool, is_complete: bool) -> str:
        before = records.build_started()
        records.build_ended(passed=passed, is_complete=is_complete, before=before)
        return records.build_state()

    assert records.build_state() == "none"
    assert build(passed=True, is_complete=True) == "passed"
    assert build(passed=True, is_complete=False) == "passed"
    assert build(passed=False, is_complete=False) == "failed"
    assert build(passed=True, is_complete=False) == "failed"
    assert build(passed=True, is_complete=True) == "passed"


def test_a_build_that_was_killed_is_not_passed() -> None:
    records.build_started()
    assert records.build_state() == "running"
    before = records.build_started()
    records.build_ended(passed=True, is_complete=False, before=before)
    assert records.build_state() == "failed"
