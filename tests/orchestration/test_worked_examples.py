"""The worked examples beside the models, dbt's unit tests: SQL against rows worked out by hand."""

from __future__ import annotations

import pytest

from orchestration import project


@pytest.mark.usefixtures("in_company")
def test_every_worked_example_holds() -> None:
    project.run_dbt("test", "--select", "test_type:unit")
