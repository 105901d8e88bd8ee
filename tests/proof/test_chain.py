"""The whole chain: a second run changes nothing, and a longer world is as if loaded afresh."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.proof.conftest import differences, kette

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Company

pytestmark = pytest.mark.proof


def published(home: Path) -> Path:
    return (home / "serving" / "current.duckdb").resolve()


def test_running_again_and_living_on_give_what_a_fresh_load_gives(
    large_company: Company, tmp_path: Path
) -> None:
    home = tmp_path / "living"
    shutil.copytree(large_company.home, home, symlinks=True)
    first = published(home)
    kette(home, "run")
    second = published(home)
    assert second != first
    assert differences(first, second) == {}

    kette(home, "sandbox", "advance", "--days", "1")
    kette(home, "run")
    assert differences(second, published(home)) != {}, "a day went by and nothing happened"

    fresh = tmp_path / "fresh"
    shutil.copytree(home / "sandbox", fresh / "sandbox")
    kette(fresh, "run")
    assert differences(published(home), published(fresh)) == {}, f"--seed {large_company.seed}"
