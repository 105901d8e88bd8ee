"""Blocked values among the identifiers of one type, by the seed that ships."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import csv

from ingestion.settings import CHECKOUT
from orchestration.insight.identity import blocked

SEED = csv.read_csv(CHECKOUT / "seeds" / "blocked_identifiers.csv")
NOBODY = ["0", "none", " None ", "NULL", "00000000-0000-0000-0000-000000000000", "-1", "{}"]
SOMEBODY = ["10", "nonesuch", "u-0", "00000000-0000-0000-0000-000000000001"]


def among(values: list[str], listed: pa.Table, column: str = "user_id") -> list[str]:
    found = blocked.among(pa.table({column: values}), listed, column=column)
    return list(found[column].to_pylist())


def test_words_for_nothing_are_found_however_they_are_spelt() -> None:
    assert among([*SOMEBODY, *NOBODY], SEED) == NOBODY


def test_a_value_of_another_type_is_not_meant() -> None:
    address = "test@example.com"
    assert among([address], SEED) == []
    assert among([address], SEED, "email") == [address]


def test_an_empty_list_blocks_nothing() -> None:
    assert among(NOBODY, SEED.slice(0, 0)) == []
