"""Telephone numbers: however people write them, one number is one text."""

from __future__ import annotations

import pyarrow as pa
import pytest

from orchestration.insight.identity import phones


def normalised(*texts: str, region: str = "DE") -> dict[str, tuple[str, bool]]:
    found = phones.normalise(pa.table({"phone_text": list(texts)}), region=region)
    return {row["phone_text"]: (row["phone"], row["is_fixed_line"]) for row in found.to_pylist()}


@pytest.mark.parametrize(
    "text",
    ["+49 151 23456789", "0151/23456789", "0049-151-2345 6789", "+49 (0) 151 23456789"],
)
def test_one_number_in_many_spellings_is_one_text(text: str) -> None:
    assert normalised(text) == {text: ("+4915123456789", False)}


def test_a_number_without_a_country_is_read_where_the_company_is() -> None:
    assert normalised("0664 1234567", region="AT") == {"0664 1234567": ("+436641234567", False)}


def test_a_fixed_line_is_told_from_a_mobile() -> None:
    # Hamburg's town hall
    assert normalised("040 428310") == {"040 428310": ("+4940428310", True)}


@pytest.mark.parametrize("text", ["n/a", "keine", "12", "call me"])
def test_what_can_be_no_number_is_left_out(text: str) -> None:
    assert normalised(text) == {}


def test_no_numbers_give_none() -> None:
    assert (
        phones.normalise(pa.table({"phone_text": pa.array([], pa.string())}), region="DE").num_rows
        == 0
    )
