"""Values that identify nobody: which of some identifiers the list of blocked values means.

The list has ``identifier_type`` (``*`` for all), ``match`` (``exact`` or ``pattern``) and ``value``,
compared trimmed and in small letters.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ANY_TYPE = "*"


def among(values: pa.Table, blocked: pa.Table, *, column: str) -> pa.Table:
    """Return the rows whose value is blocked.

    Args:
        values: One row per value of one type of identifiers.
        blocked: Values that identify nobody.
        column: The column that holds the values, named as their type.
    """
    texts = plain(values[column])
    found = pa.array(np.zeros(len(texts), dtype=bool))
    for (identifier_type, match), rows in grouped(blocked).items():
        if identifier_type in {ANY_TYPE, column}:
            found = pc.or_(found, meant(texts, match, rows))
    return values.filter(found)


def plain(values: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Return values as they are compared."""
    return pc.utf8_lower(pc.utf8_trim_whitespace(values))


def grouped(blocked: pa.Table) -> dict[tuple[str, str], list[str]]:
    """Return the blocked values by type of identifier and way of matching."""
    groups: dict[tuple[str, str], list[str]] = {}
    for row in blocked.to_pylist():
        groups.setdefault((row["identifier_type"], row["match"]), []).append(row["value"])
    return groups


def meant(
    texts: pa.ChunkedArray | pa.Array, match: str, rows: list[str]
) -> pa.ChunkedArray | pa.Array:
    """Tell which texts some blocked values of one way of matching mean."""
    if match == "exact":
        return pc.is_in(texts, pa.array([row.lower() for row in rows], texts.type))
    return pc.match_substring_regex(texts, "|".join(f"(?:{row})" for row in rows))
