"""Real orders go from a file to the mart."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from ingestion.loading.run import prepare_warehouse, run
from ingestion.settings import CHECKOUT, settings
from ingestion.sources import files
from tests.chain.build import Chain
from tests.chain.project import Project

if TYPE_CHECKING:
    from pathlib import Path


# a build of 70,000 orders
@pytest.mark.proof
@pytest.mark.real_data
def test_real_orders_reach_the_mart_to_the_cent(
    real_data: Path, kette_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping = CHECKOUT / "docs/examples/files/cdnow_orders.yml"
    monkeypatch.setenv("KETTE_REAL_DATA", str(real_data))
    monkeypatch.setenv("SOURCES__FILES__MAPPINGS", str(mapping))
    run(files.LOAD)
    prepare_warehouse()

    # the marts are those of a whole run, as tests/chain/test_chain.py shows
    chain = Chain(Project({"as_of": "2026-06-01"}), settings().warehouse).build(["fct_orders"])

    totals = chain.ask(
        "select count(*), count(distinct customer_id), sum(order_amount) "
        "from marts.fct_orders where currency_code = 'USD'"
    )
    # as the data set's publishers count them
    assert totals == [(69_659, 23_570, Decimal("2500315.63"))]
