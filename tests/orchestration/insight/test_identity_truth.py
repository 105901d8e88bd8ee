"""The map of a whole company against the truth about it, which its systems never tell."""

from __future__ import annotations

import secrets
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ingestion.settings import CHECKOUT, settings
from tests.conftest import clean_environment
from tests.orchestration.insight import quality

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Company

PRECISION, RECALL = 0.995, 0.97


def test_who_is_who_in_a_small_company_is_found(in_company: Company) -> None:
    found = quality.measure(settings().warehouse, settings().sandbox)[quality.ALL]

    assert found.tied > 100
    assert found.precision >= PRECISION
    assert found.recall >= RECALL


def test_identified_persons_are_counted_right(in_company: Company) -> None:
    counted, true = quality.identified_persons(settings().warehouse, settings().sandbox)

    # two records of one person that the CRM has not merged yet count twice
    assert true <= counted <= true + max(1, true // 200)


def test_junk_is_nobody(in_company: Company) -> None:
    assert quality.junk_in_map(settings().warehouse, settings().sandbox) == []


@pytest.mark.proof
def test_who_is_who_is_found_in_every_stratum_of_a_large_company(tmp_path: Path) -> None:
    seed = secrets.randbelow(100_000)
    home = tmp_path / "home"
    make = (
        "from datetime import date\n"
        "from orchestration.host import demo\n"
        f"demo.ensure_world(customers=4000, months=24, seed={seed}, until=date(2026, 6, 1))\n"
    )
    for arguments in (["-c", make], ["-m", "orchestration.cli", "run"]):
        subprocess.run(
            [sys.executable, *arguments], env=clean_environment(home), cwd=CHECKOUT, check=True
        )
    strata = quality.measure(home / "warehouse.duckdb", home / "sandbox")

    assert strata.keys() == {
        quality.ALL, "plain", "multi_device", "shared_device", "second_email", "merged_crm"
    }  # fmt: skip
    for stratum, found in strata.items():
        assert found.precision >= PRECISION, (seed, stratum, found)
        assert found.recall >= RECALL, (seed, stratum, found)
