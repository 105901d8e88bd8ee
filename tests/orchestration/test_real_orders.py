"""Real orders go from a file to the mart."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest

from ingestion.settings import CHECKOUT
from tests.conftest import clean_environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.real_data
def test_real_orders_reach_the_mart_to_the_cent(real_data: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    given = {
        "KETTE_REAL_DATA": str(real_data),
        "SOURCES__FILES__MAPPINGS": "docs/examples/files/cdnow_orders.yml",
    }
    # publishing is the same for all: what whole runs show elsewhere is not repeated here
    build = "dbt build --select +fct_orders --resource-type model --resource-type seed"
    for command in ("load files", build):
        done = subprocess.run(
            [sys.executable, "-m", "orchestration.cli", *command.split()],
            env={**clean_environment(home), **given},
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    with closing(duckdb.connect(str(home / "warehouse.duckdb"), read_only=True)) as connection:
        totals = connection.execute(
            "select count(*), count(distinct customer_id), sum(order_amount) "
            "from marts.fct_orders where currency_code = 'USD'"
        ).fetchall()
    # as the data set's publishers count them
    assert totals == [(69_659, 23_570, Decimal("2500315.63"))]
