"""HubSpot's search: filters, sorting and its limits.

It reaches 10,000 rows and does not show archived records. Its index lags behind: it does not find changes
of the last minutes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ingestion.sandbox.vendors.hubspot import objects

if TYPE_CHECKING:
    import duckdb

MOST_ROWS, LARGEST_PAGE = 10_000, 200
LAG_MS = 10 * 60_000
MOST_GROUPS, MOST_FILTERS = 5, 18
COMPARISONS = {"EQ": "=", "NEQ": "<>", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
MOMENTS = {
    "createdate": "created_ms",
    "lastmodifieddate": "updated_ms",
    "hs_lastmodifieddate": "updated_ms",
}


@dataclass(frozen=True)
class Question:
    """A search that was understood."""

    where: str
    values: list[Any]
    order: str
    properties: list[str] | None
    limit: int
    after: int

    def answer(self, database: duckdb.DuckDBPyConnection, kind: str, now_ms: int) -> dict[str, Any]:
        """Return one page of what is found."""
        condition = f"archived_ms is null and updated_ms < {now_ms - LAG_MS} and ({self.where})"
        (total,) = database.execute(
            f"select count(*) from {kind} where {condition}",  # noqa: S608
            self.values,
        ).fetchall()[0]
        rows = database.execute(
            f"select {objects.COLUMNS} from {kind} where {condition}"  # noqa: S608
            f" order by {self.order} limit {self.limit} offset {self.after}",
            self.values,
        ).fetchall()
        body: dict[str, Any] = {
            "total": total,
            "results": [objects.shown(kind, row, self.properties) for row in rows],
        }
        end = self.after + self.limit
        if end < total:
            body["paging"] = {"next": {"after": str(end)}}
        return body


def read(body: dict[str, Any]) -> Question:
    """Return a search's question.

    Raises:
        ValueError: It is not understood, or asks for more than is shown.
        ZeroDivisionError: It asks from 1970 itself on, at which the vendor's search breaks.
    """
    limit, after = _number(body.get("limit", 10)), _number(body.get("after") or 0)
    if not 0 < limit <= LARGEST_PAGE:
        raise ValueError(f"limit must be between 1 and {LARGEST_PAGE}")
    if after + limit > MOST_ROWS:
        raise ValueError(f"The total number of results must not exceed {MOST_ROWS}")
    groups = body.get("filterGroups") or [{"filters": body.get("filters") or []}]
    if len(groups) > MOST_GROUPS:
        raise ValueError(f"at most {MOST_GROUPS} filterGroups are allowed")
    alternatives, values = [], list[Any]()
    for group in groups:
        filters = group.get("filters") or []
        if len(filters) > MOST_FILTERS:
            raise ValueError(f"at most {MOST_FILTERS} filters are allowed")
        parts = [_condition(one, values) for one in filters]
        alternatives.append(f"({' and '.join(parts or ['true'])})")
    return Question(
        where=" or ".join(alternatives),
        values=values,
        order=", ".join([*(_order(sort) for sort in body.get("sorts") or []), "number"]),
        properties=body.get("properties") or None,
        limit=limit,
        after=after,
    )


def _number(value: object) -> int:
    if not str(value).isdigit():
        raise ValueError(f"{value} is no whole number")
    return int(str(value))


def _column(name: str) -> str:
    if name == "hs_object_id":
        return "number"
    quoted = name.replace("'", "''").replace('"', "")
    return MOMENTS.get(name) or f"""nullif(properties_json->>'$."{quoted}"', '')"""


def _order(sort: object) -> str:
    if isinstance(sort, str):
        return f"{_column(sort.lstrip('-'))} {'desc' if sort.startswith('-') else 'asc'}"
    if not isinstance(sort, dict) or not sort.get("propertyName"):
        raise ValueError("a sort needs a propertyName")
    direction = "desc" if sort.get("direction") == "DESCENDING" else "asc"
    return f"{_column(str(sort['propertyName']))} {direction}"


def _condition(one: dict[str, Any], values: list[Any]) -> str:
    """Return a filter as SQL and add its values."""
    name, operator = str(one.get("propertyName") or ""), str(one.get("operator") or "")
    if not name:
        raise ValueError("a filter needs a propertyName")
    column = _column(name)
    if operator in {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
        return f"{column} is {'not ' if operator == 'HAS_PROPERTY' else ''}null"
    if operator == "BETWEEN":
        low, high = (_value(name, one.get(key)) for key in ("value", "highValue"))
        values += [low, high]
        operand = _operand(column, low)
        return f"{operand} between ? and ?"
    if operator in {"IN", "NOT_IN"}:
        values.append([_value(name, value) for value in one.get("values") or []])
        return f"{column} {'not ' if operator == 'NOT_IN' else ''}in (select unnest(?))"
    if operator == "CONTAINS_TOKEN":
        values.append(f"%{str(one.get('value')).strip('*')}%")
        return f"{column} ilike ?"
    if operator not in COMPARISONS:
        raise ValueError(f"{operator} is no operator")
    value = _value(name, one.get("value"))
    values.append(value)
    if operator in {"EQ", "NEQ"} and isinstance(value, float):
        values[-1] = str(one.get("value"))
        return f"{column} {COMPARISONS[operator]} ?"
    return f"{_operand(column, value)} {COMPARISONS[operator]} ?"


def _operand(column: str, value: object) -> str:
    return f"try_cast({column} as double)" if isinstance(value, float) else column


def _value(name: str, value: object) -> int | float | str:
    """Return a filter's value as its property is compared: moments in ms, numbers, or text."""
    text = str(value)
    if name == "hs_object_id":
        return _number(value)
    if name in MOMENTS:
        moment = int(text) if re.fullmatch(r"-?\d+", text) else _milliseconds(text)
        if moment <= 0:
            raise ZeroDivisionError
        return moment
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


def _milliseconds(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)
