"""The unit tests of the dbt project: every model on the examples that were worked out by hand."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from ingestion.settings import settings
from orchestration import project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Company


def test_every_model_gives_what_was_worked_out_by_hand(in_company: Company, tmp_path: Path) -> None:
    # dbt takes the types of the columns from tables that exist, and wants to write beside them
    copy, target = tmp_path / settings().warehouse.name, tmp_path / "target"
    shutil.copyfile(settings().warehouse, copy)

    project.run_dbt(
        *("test", "--select", "test_type:unit"),
        instead={"KETTE_WAREHOUSE": str(copy), "DBT_TARGET_PATH": str(target)},
    )

    results = json.loads((target / "run_results.json").read_text())["results"]
    # what dbt does at the start of each command is no test
    told = {
        result["unique_id"]: result["status"]
        for result in results
        if not result["unique_id"].startswith("operation.")
    }
    manifest = json.loads((target / "manifest.json").read_text())
    assert told == dict.fromkeys(manifest["unit_tests"], "pass")
    assert told
