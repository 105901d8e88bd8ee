"""The part of Mixpanel's segmentation expressions that exports are sliced with, as SQL.

Comparisons of ``properties["…"]``, ``event["…"]`` or ``user["…"]`` with a number, a text or a
``datetime(…)``, joined by ``and``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Column = Callable[[str], str]

_CLAUSE = re.compile(
    r"""\s*(?:properties|event|user)\["(?P<name>[^"]+)"\]\s*
        (?P<operator>==|!=|>=|<=|>|<)\s*
        (?:datetime\(\s*"?(?P<moment>[^")]+)"?\s*\)|"(?P<text>[^"]*)"|(?P<number>-?\d+(?:\.\d+)?))\s*""",
    re.VERBOSE,
)


def to_sql(expression: str, column: Column) -> tuple[str, list[Any]]:
    """Return a condition and its values.

    Args:
        expression: What the caller asks for.
        column: Gives the SQL of a property.

    Raises:
        ValueError: It is nothing this part of the language knows.
    """
    conditions, values = [], []
    for clause in re.split(r"\s+and\s+", expression.strip()):
        found = _CLAUSE.fullmatch(clause)
        if found is None:
            raise ValueError(clause)
        name, operator, value = column(found["name"]), found["operator"], _value(found)
        operand = name if isinstance(value, str) else f"try_cast({name} as double)"
        conditions.append(f"{operand} {'=' if operator == '==' else operator} ?")
        values.append(value)
    return " and ".join(conditions), values


def json_field(column: str, name: str) -> str:
    """Return the SQL of a JSON column's field as text."""
    quoted = name.replace("'", "''").replace('"', "")
    return f"""({column}->>'$."{quoted}"')"""


def _value(found: re.Match[str]) -> str | float:
    if found["moment"] is not None:
        text = found["moment"].strip()
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return float(text)
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    return found["text"] if found["text"] is not None else float(found["number"])
