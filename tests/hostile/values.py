"""What may stand in a field: of each type the largest, the smallest, the empty and the odd."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TEXTS: Sequence[Any] = (
    "",
    " ",
    "null",
    "0",
    "x" * 3000,
    "a'b\"c|d\\e%_{}",
    "line\nline\ttab\r\n",
    "日本語のテキスト",
    "Ünïcödé ß ﬁ İ",
    "עברית \u202eيمين",
    "😀👩\u200d👩\u200d👧",
    "e\u0301\u0301\u0301",
    "@",
    "a@b",
    "mia@xn--mller-kva.example",
    "Mia@MÜLLER.example.",
    "https://user:pass@[2001:db8::1]:8080/ä?utm_source=\u2028#x",
    "XXX",
    "yes",
    "ja",
)

NUMBERS: Sequence[Any] = (
    0,
    -1,
    1,
    9007199254740993,
    -9007199254740993,
    2**63 - 1,
    -(2**63),
    2**31 - 1,
    999_999_999,
    -999_999_999,
    99_999_999_999,
    999_999_999_999,
    999_999_999_999.99,
    0.005,
    1e-300,
    1e308,
    -1e308,
    "99999999999999999999999999999999999999999",
    "9007199254740993",
    "-0.00",
    "1e400",
    "inf",
    "NaN",
    "0x1F",
    "1_000",
    "1.234,50 €",
    "12,5",
    "+49 30 901820",
)

MOMENTS: Sequence[Any] = (
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59+00:00",
    "1970-01-01",
    "2026-03-29T02:30:00",
    "2026-02-30T10:00:00Z",
    "2026-05-01T10:00:00.123456789+14:00",
    "2199-12-31T23:59:59Z",
    "9999-12-31T23:59:59Z",
    "290000-01-01 00:00:00+00",
    "2020-01-01 (BC)",
    "0000-00-00 00:00:00",
    "infinity",
    "-infinity",
    "now",
    253402300799000,
    99999999999999,
)

SHAPES: Sequence[Any] = (
    None,
    True,
    False,
    [],
    {},
    [None],
    [1, [2, ["x"]]],
    ["a", "a"],
    {"a": {"b": None}},
    [{"id": None, "value": {"x": 1}}, 7, "text"],
)

IN_JSON: Sequence[Any] = (*SHAPES, *NUMBERS, *MOMENTS, *TEXTS)

IN_COLUMNS: Mapping[str, Sequence[Any]] = {
    "text": (None, 7, "\0", "\ud800", *TEXTS),
    "bigint": (None, 0, -1, 2**63 - 1, -(2**63), 2**63, "12", "twelve", 1.5),
    "double": (None, 0.0, -1.0, 1e308, -1e308, 5e-324, float("nan"), float("inf"), "1e400"),
    "bool": (None, True, False, "true", "ja", 1),
    "timestamp": (
        None,
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        "2026-05-01T10:00:00+14:00",
        "2026-05-01",
    ),
    "date": (None, date(1, 1, 1), date(1970, 1, 1), date(2199, 12, 31), date(9999, 12, 31), "x"),
    "decimal": (
        None,
        Decimal(0),
        Decimal("-0.0001"),
        Decimal("99999999999999.9999"),
        Decimal("-99999999999999.9999"),
        Decimal("1e14"),
        Decimal("0.00005"),
        "NaN",
        "1.234,50",
    ),
    "json": SHAPES,
}
