"""Values that identify nobody: which of some identifiers the list of blocked values means."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

ANY_TYPE = "*"


def among(values: pa.Table, blocked: pa.Table, *, column: str) -> pa.Table:
    """Return the rows whose value is blocked.

    Args:
        values: One row per value of one type of identifiers.
        blocked: Values that identify nobody: ``identifier_type`` (``*`` for all), ``match``
            (``exact`` or ``pattern``) and ``value``, compared trimmed and in small letters.
        column: The column that holds the values, named as their type.
    """
    plain = pc.utf8_lower(pc.utf8_trim_whitespace(values[column]))
    exact, patterns = set(), []
    for row in blocked.to_pylist():
        if row["identifier_type"] in {ANY_TYPE, column}:
            if row["match"] == "exact":
                exact.add(row["value"].lower())
            else:
                patterns.append(f"(?:{row['value']})")
    found = pc.is_in(plain, pa.array(sorted(exact), plain.type))
    if patterns:
        found = pc.or_(found, pc.match_substring_regex(plain, "|".join(patterns)))
    return values.filter(found)
