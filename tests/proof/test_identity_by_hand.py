"""A cut, a join and taking them back: each as if it had always been so, in every published row."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.proof.conftest import differences, kette

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Company

pytestmark = pytest.mark.proof


def published(home: Path) -> Path:
    return (home / "serving" / "current.duckdb").resolve()


def strongest_login(path: Path) -> tuple[str, str]:
    """Return a device and the user who logged in on it, of the person with most touchpoints."""
    with duckdb.connect(str(path), read_only=True) as connection:
        (row,) = connection.execute(
            """
            select
                left_type || '@' || left_namespace || ':' || left_value,
                right_type || '@' || right_namespace || ':' || right_value
            from marts.bridge_identity_evidence
            inner join marts.dim_customers using (customer_id)
            where kind = 'login' and left_type = 'user_id'
            order by touchpoint_count desc, left_value, right_value
            limit 1
            """
        ).fetchall()
    return row


def test_a_cut_is_as_if_it_had_always_been_and_taking_it_back_restores_everything(
    company: Company, tmp_path: Path
) -> None:
    living, fresh = tmp_path / "living", tmp_path / "fresh"
    shutil.copytree(company.home, living, symlinks=True)
    first = tmp_path / "first.duckdb"
    shutil.copyfile(published(living), first)
    pair = strongest_login(first)

    kette(living, "identity", "cut", *pair, "--why", "a test")
    kette(living, "run")
    changed = differences(first, published(living))
    assert changed["marts.bridge_customer_identifiers"] > 0
    assert changed["marts.dim_customers"] > 0

    # a company that never was without the cut: only its decisions are there before the first run
    fresh.mkdir()
    for name in ("sandbox", "control.db"):
        copy = shutil.copytree if (living / name).is_dir() else shutil.copyfile
        copy(living / name, fresh / name)
    kette(fresh, "run")
    assert differences(published(living), published(fresh)) == {}, f"--seed {company.seed}"

    kette(living, "identity", "revoke", *pair, "--why", "it was hers after all")
    kette(living, "run")
    assert differences(first, published(living)) == {}, f"--seed {company.seed}"
    with duckdb.connect(str(published(living)), read_only=True) as connection:
        (row,) = connection.execute(
            """
            select count(*) filter (where known_until is not null), count(distinct known_from)
            from marts.bridge_customer_alias_history
            """
        ).fetchall()
    # known, known otherwise, known again
    assert row[0] > 0
    assert row[1] == 3
