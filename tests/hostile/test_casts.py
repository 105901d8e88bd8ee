"""Each cast reads what it can and turns the rest into null; it never raises."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings, strategies as st

from tests.chain.project import Project
from tests.hostile.values import IN_JSON

PROJECT = Project({"as_of": "2026-06-01", "business_time_zone": "Europe/Berlin"})
CASTS = ("to_money", "to_units", "to_count", "to_small_count", "to_number", "to_moment", "to_day")


def cast(macro: str, text: str | None) -> Any:
    """Return what a cast makes of a text."""
    sql = PROJECT.render("{{ " + macro + "('given') }}")
    with closing(duckdb.connect()) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(
            f"select {sql} from (select cast(? as varchar) as given)", [text]
        ).fetchall()[0][0]


@pytest.mark.parametrize(
    ("macro", "text", "value"),
    [
        ("to_money", "12.50", Decimal("12.50")),
        ("to_money", " -0.005 ", Decimal("-0.01")),
        ("to_money", "1e3", Decimal(1000)),
        ("to_money", "999999999999.99", Decimal("999999999999.99")),
        ("to_money", "1000000000000", None),
        ("to_money", "9007199254740993", None),
        ("to_money", "1.234,50 €", None),
        ("to_money", "NaN", None),
        ("to_units", "1999", Decimal("19.99")),
        ("to_units", "-99999999999999", Decimal("-999999999999.99")),
        ("to_units", "9223372036854775807", None),
        ("to_count", "42", 42),
        ("to_count", "999999999999", 999_999_999_999),
        ("to_count", "9223372036854775807", None),
        ("to_count", "twelve", None),
        ("to_small_count", "12", 12),
        ("to_small_count", "2147483648", None),
        ("to_number", "8.5", 8.5),
        ("to_number", "1e400", None),
        ("to_number", "inf", None),
        ("to_number", "-1e308", None),
        ("to_moment", "2026-03-29T02:30:00Z", datetime(2026, 3, 29, 2, 30, tzinfo=UTC)),
        # a day begins when the company's own clock says so
        ("to_moment", "2026-05-01", datetime(2026, 4, 30, 22, tzinfo=UTC)),
        ("to_moment", "1767225600000", datetime(2026, 1, 1, tzinfo=UTC)),
        ("to_moment", "0001-01-01T00:00:00Z", None),
        ("to_moment", "9999-12-31T23:59:59Z", None),
        ("to_moment", "infinity", None),
        ("to_moment", "290000-01-01 00:00:00+00", None),
        ("to_moment", "0000-00-00 00:00:00", None),
        ("to_day", "2026-02-28", date(2026, 2, 28)),
        ("to_day", "2026-02-30", None),
        ("to_day", "9999-12-31", None),
    ],
)
def test_a_text_is_read_or_null(macro: str, text: str, value: Any) -> None:
    assert cast(macro, text) == value


@settings(deadline=None, max_examples=150)
@given(
    macro=st.sampled_from(CASTS),
    text=st.none()
    | st.sampled_from([str(value) for value in IN_JSON if "\ud800" not in str(value)])
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
    | st.floats().map(str)
    | st.integers().map(str)
    | st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(str),  # noqa: DTZ001 - as a text
)
def test_no_text_raises(macro: str, text: str | None) -> None:
    value = cast(macro, text)

    assert text is not None or value is None
    if isinstance(value, int | float | Decimal):
        assert float(abs(value)) <= 1e12


def noted(sql: str, document: str) -> Any:
    query = PROJECT.render(
        "{% set unread = [] %}select " + sql + " as value, {{ unread_values(unread) }}"
        " from (select cast(? as json) as payload)"
    )
    with closing(duckdb.connect()) as connection:
        return connection.execute(query, [document]).fetchall()[0]


def test_what_is_not_read_is_noted_with_its_text() -> None:
    cast_of_total = "{{ to_money(json_text('payload', 'order/total'), unread) }}"

    assert noted(cast_of_total, '{"order": {"total": "12,5"}}') == (
        None,
        [{"field": "order/total", "text": "12,5", "is_read": False}],
    )
    assert noted(cast_of_total, '{"order": {"total": "12.5"}}') == (Decimal("12.50"), None)
    assert noted(cast_of_total, '{"order": []}') == (None, None)


def test_a_sum_of_which_a_part_is_not_read_is_not_known() -> None:
    lines = "{{ sum_to_units(\"json_extract_string(payload, '$.lines[*].cents')\", unread) }}"

    assert noted(lines, '{"lines": [{"cents": 100}, {"cents": 250}]}') == (Decimal("3.50"), None)
    assert noted(lines, '{"lines": []}') == (Decimal("0.00"), None)
    value, note = noted(lines, '{"lines": [{"cents": 100}, {"cents": "many"}]}')
    assert value is None
    assert [each["field"] for each in note] == ["lines[*].cents"]
