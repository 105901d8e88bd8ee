"""The gate: what passes, what is cleaned, what is kept aside; it never raises."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings as hypothesis_settings, strategies as st

from ingestion.control.suppression import identifier_hash
from ingestion.loading.gate import Gate
from ingestion.records.json_text import LongInteger
from ingestion.toolkit.source import Chapter
from tests.ingestion.fakes import stream

COLUMNS = {
    "id": "text",
    "name": "text",
    "number": "bigint",
    "share": "double",
    "is_new": "bool",
    "moment": "timestamp",
    "day": "date",
    "amount": "decimal",
    "payload": "json",
}


# an integer of more digits than Python turns into a number
LONG = LongInteger("1" * 5_000)


def passed(*records: Any, suppressed: str = "") -> tuple[list[dict[str, Any]], Chapter]:
    """Return the rows that pass the gate, and the counts."""
    chapter = Chapter()
    hashes = frozenset([identifier_hash(suppressed)] if suppressed else ())
    gate = Gate(stream([], columns=COLUMNS), hashes)
    tables = list(gate.tables(iter([list(records)]), lambda: chapter, "1700000000.5"))
    rows = pa.concat_tables(tables).to_pylist() if tables else []
    assert chapter.seen == len(rows) + chapter.quarantined + chapter.suppressed
    return rows, chapter


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("id", 981, "981"),
        ("id", "Zoë", "Zoë"),
        ("number", "42", 42),
        ("number", 42.0, 42),
        ("number", " -42 ", -42),
        ("number", Decimal("42.00"), 42),
        ("number", 2**63 - 1, 2**63 - 1),
        ("share", 1, 1.0),
        ("share", "0.25", 0.25),
        ("is_new", "true", True),
        ("moment", "2026-03-29T02:30:00+01:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("moment", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        ("day", "2024-02-29", date(2024, 2, 29)),
        ("amount", "19.9", Decimal("19.9000")),
        ("amount", 19.9, Decimal("19.9000")),
        ("amount", -5, Decimal("-5.0000")),
        ("payload", {"b": [1, None], "a": "ü"}, '{"b":[1,null],"a":"ü"}'),
        ("payload", "text", '"text"'),
        ("payload", 2**53 + 1, "9007199254740993"),
    ],
)
def test_a_value_is_stored_as_its_column_declares(column: str, value: Any, expected: Any) -> None:
    (row,), chapter = passed({"id": "1", column: value})
    assert row[column] == expected
    assert chapter.cleaned == 0


@pytest.mark.parametrize(
    ("record", "column", "expected", "cleaned"),
    [
        ({"id": "a\0b"}, "id", "ab", 1),
        ({"id": "1", "share": float("nan")}, "share", None, 1),
        ({"id": "1", "share": float("-inf")}, "share", None, 1),
        ({"id": "1", "amount": float("inf")}, "amount", None, 1),
        ({"id": "1", "payload": {"x": float("nan"), "y": 1}}, "payload", '{"x":null,"y":1}', 1),
        ({"id": "1", "payload": ["a\0", {"k\0": "\0"}]}, "payload", '["a",{"k":""}]', 3),
        ({"id": "1", "name": float("nan")}, "name", None, 1),
        ({"id": "1", "name": Decimal("-Infinity")}, "name", None, 1),
        # the fifth place behind the point has no room in the column
        ({"id": "1", "amount": "1.00005"}, "amount", Decimal("1.0000"), 1),
        ({"id": "1", "amount": 2.00019}, "amount", Decimal("2.0002"), 1),
        ({"id": "1", "amount": "99999999999999.9999"}, "amount", Decimal("99999999999999.9999"), 0),
    ],
    ids=[
        "NUL in a key",
        "NaN",
        "infinity",
        "infinite amount",
        "NaN in JSON",
        "NUL in JSON",
        "NaN in a text",
        "infinity in a text",
        "more than four decimals",
        "more than four decimals in binary",
        "the largest amount",
    ],
)
def test_what_can_be_mended_is_cleaned_and_counted(
    record: dict[str, Any], column: str, expected: Any, cleaned: int
) -> None:
    (row,), chapter = passed(record)
    assert row[column] == expected
    assert chapter.cleaned == cleaned


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"id": None}, "id: the key is missing"),
        ({}, "id: the key is missing"),
        ({"id": ""}, "id: the key is missing"),
        ({"id": " \t"}, "id: the key is missing"),
        ({"id": "\0"}, "id: the key is missing"),
        ({"id": {"a": 1}}, "id: not a text"),
        ({"id": "\ud800"}, "id: half of a character (lone surrogate)"),
        (
            {"id": "1", "payload": {"a": ["\udfff"]}},
            "payload: half of a character (lone surrogate)",
        ),
        ({"id": "1", "number": 2**63}, "number: larger than 63 bits"),
        ({"id": "1", "number": "many"}, "number: not a whole number"),
        ({"id": "1", "number": 1.5}, "number: not a whole number"),
        ({"id": "1", "number": Decimal("1.5")}, "number: not a whole number"),
        ({"id": "1", "number": True}, "number: not a whole number"),
        ({"id": "1", "number": "1_000"}, "number: not a whole number"),
        ({"id": "1", "number": "1" * 5_000}, "number: larger than 63 bits"),
        ({"id": "1", "number": LONG}, "number: larger than 63 bits"),
        ({"id": "1", "name": 10**5_000}, "name: larger than 63 bits"),
        ({"id": "1", "share": "half"}, "share: not a number"),
        ({"id": "1", "share": "1_000"}, "share: not a number"),
        ({"id": "1", "share": LONG}, "share: not a number"),
        ({"id": "1", "is_new": "perhaps"}, "is_new: neither true nor false"),
        ({"id": "1", "moment": "yesterday"}, "moment: not a time"),
        ({"id": "1", "moment": "2026-01-01T00:00:00"}, "moment: not a time with a zone"),
        ({"id": "1", "day": "2026-02-30"}, "day: not a date"),
        ({"id": "1", "amount": "ten"}, "amount: not a number"),
        ({"id": "1", "amount": "1_0"}, "amount: not a number"),
        ({"id": "1", "amount": 10**15}, "amount: too large an amount"),
        ({"id": "1", "amount": 10**5_000}, "amount: too large an amount"),
        ({"id": "1", "amount": "1e9999999"}, "amount: too large an amount"),
        # as it stands it is small enough, rounded it is not
        ({"id": "1", "amount": "99999999999999.99999"}, "amount: too large an amount"),
        ({"id": "1", "payload": {"a": 2**70}}, "payload: a number larger than 63 bits"),
        ({"id": "1", "payload": {"a": 10**5_000}}, "payload: a number larger than 63 bits"),
        ({"id": "1", "payload": {"a": [LONG]}}, "payload: a number larger than 63 bits"),
        ({"id": "1", "payload": "x" * 1_000_001}, "payload: larger than 1 MB"),
        ("no record", "not a record"),
        (None, "not a record"),
        ([1], "not a record"),
    ],
)
def test_what_cannot_be_loaded_is_kept_aside_with_the_reason(record: Any, reason: str) -> None:
    rows, chapter = passed(record)
    assert rows == []
    assert [reject.reason for reject in chapter.rejects] == [reason]


@pytest.mark.parametrize("bottom", [1, float("nan"), "a\0"], ids=["plain", "NaN", "NUL"])
@pytest.mark.parametrize("depth", [900, 100_000])
def test_a_record_nested_out_of_all_measure_is_kept_aside(depth: int, bottom: Any) -> None:
    deep: Any = [2**70, bottom]
    for _ in range(depth):
        deep = [deep]
    rows, chapter = passed({"id": "1", "payload": deep}, {"id": "2"})
    assert [row["id"] for row in rows] == ["2"]
    assert chapter.quarantined == 1


@pytest.mark.parametrize(
    "record",
    [
        {"id": 17},
        {"id": "1", "payload": {"customer": {"ids": [16, 17]}}},
        {"id": "1", "payload": {"customer": "17"}},
        # what is malformed would else be kept whole in quarantine
        {"id": None, "payload": {"customer": 17}},
        {"id": "1", "moment": "yesterday", "payload": {"customer": "17"}},
        ["17"],
    ],
    ids=["key", "number", "text", "without a key", "of a wrong type", "no record"],
)
def test_whoever_is_erased_is_neither_loaded_nor_kept_aside(record: Any) -> None:
    rows, chapter = passed(record, suppressed="17")
    assert (rows, chapter.suppressed, chapter.quarantined) == ([], 1, 0)


@pytest.mark.parametrize(
    "name", ["$distinct_id", "userId", "customer", "Contact", "accountIDs", "id"]
)
def test_a_number_is_somebodys_where_its_field_is_called_so(name: str) -> None:
    rows, chapter = passed({"id": "a", "payload": {name: 17}}, suppressed="17")
    assert (rows, chapter.suppressed) == ([], 1)


@pytest.mark.parametrize("name", ["quantity", "paid", "amount", "width", "valid", "identity_count"])
def test_a_quantity_is_nobodys_number(name: str) -> None:
    rows, chapter = passed({"id": "a", "payload": {name: 17}}, suppressed="17")
    assert (len(rows), chapter.suppressed) == (1, 0)


def test_a_truth_value_is_nobodys_number() -> None:
    rows, chapter = passed({"id": "a", "is_new": True, "number": 11}, suppressed="1")
    assert (len(rows), chapter.suppressed) == (1, 0)


def test_a_record_nested_out_of_all_measure_is_searched_for_the_erased() -> None:
    deep: Any = "17"
    for _ in range(100_000):
        deep = [deep]
    _, chapter = passed({"id": "1", "payload": deep}, suppressed="17")
    assert (chapter.suppressed, chapter.quarantined) == (1, 0)


def test_a_reject_keeps_a_number_of_any_length_digit_by_digit() -> None:
    record = {"id": None, "payload": {"n": LONG, "m": "1" * 5_000}}
    _, chapter = passed(record)
    digits = b"1" * 5_000
    assert next(
        iter(chapter.rejects)
    ).payload == b'{"id": null, "payload": {"n": %b, "m": "%b"}}' % (
        digits,
        digits,
    )


def test_a_reject_keeps_the_record_as_it_came() -> None:
    record = {"id": None, "payload": {"name": "Jürgen"}}
    _, chapter = passed(record)
    assert json.loads(next(iter(chapter.rejects)).payload) == record


def test_row_ids_are_unique_and_grow() -> None:
    rows, _ = passed(*({"id": number} for number in range(12_000)))
    ids = [row["_dlt_id"] for row in rows]
    assert ids == sorted(set(ids))
    assert len(ids) == 12_000


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(list(COLUMNS)), VALUES) | VALUES, max_size=5))
def test_no_record_stops_the_gate(records: list[Any]) -> None:
    rows, _ = passed(*records)
    for row in rows:
        assert row["id"].strip()
        if row["payload"] is not None:
            json.loads(row["payload"], parse_constant=pytest.fail)


def test_a_record_without_what_it_means_nothing_without_is_quarantined() -> None:
    chapter = Chapter()
    activities = stream(
        [],
        columns={"id": "text", "moment": "timestamp", "payload": "json"},
        required=("moment", "payload/type", "payload/mrr-change|payload/mrr_change"),
    )
    whole = {
        "id": "1",
        "moment": "2026-01-01T00:00:00Z",
        "payload": {"type": "churn", "mrr_change": 0},
    }
    given = [
        whole,
        {**whole, "id": "2", "moment": None},
        {**whole, "id": "3", "payload": {"type": " ", "mrr-change": 1}},
        {**whole, "id": "4", "payload": {"type": "churn"}},
        {**whole, "id": "5", "payload": ["type"]},
    ]

    tables = list(Gate(activities).tables(iter([given]), lambda: chapter, "1700000000.5"))

    assert pa.concat_tables(tables)["id"].to_pylist() == ["1"]
    assert [reject.reason for reject in chapter.rejects] == [
        "moment: nothing is given",
        "payload/type: nothing is given",
        "payload/mrr-change|payload/mrr_change: nothing is given",
        "payload/type: nothing is given",
    ]
