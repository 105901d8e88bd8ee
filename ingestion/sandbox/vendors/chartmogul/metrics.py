"""ChartMogul's metrics, computed from contracts.

A customer's MRR at a given time is the sum of its current contracts. Each change of that sum is new
business, reactivation, expansion, contraction or churn. The list of activities is not used, so a client
that adds up activities can compare its result with an independent one.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ingestion.sandbox.company.clock import add_months, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import duckdb

    from ingestion.sandbox.company.clock import World

    Row = dict[str, Any]

_MOVEMENTS = ("new_business", "expansion", "contraction", "churn", "reactivation")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}

_CHANGES = """
    with steps as (
        select customer_uuid, from_s as at_s, mrr_cents as step from contracts where {where}
        union all
        select customer_uuid, to_s, -mrr_cents from contracts where to_s is not null and {where}
    ),
    moments as (
        select customer_uuid, at_s, sum(step)::bigint as change
        from steps group by all having sum(step) <> 0
    ),
    running as (
        select *, sum(change) over customer as after_cents,
            row_number() over customer as place
        from moments window customer as (partition by customer_uuid order by at_s)
    )
    select
        at_s, change,
        case
            when after_cents = change and place = 1 then 'new_business'
            when after_cents = change then 'reactivation'
            when after_cents = 0 then 'churn'
            when change > 0 then 'expansion'
            else 'contraction'
        end as movement,
        (after_cents > 0)::int - (after_cents - change > 0)::int as customer_change
    from running
"""
_PERIODS = """
    select
        period.label,
        coalesce(sum(change) filter (at_s < period.end_s), 0)::bigint as mrr,
        coalesce(sum(customer_change) filter (at_s < period.end_s), 0)::bigint as customers,
        {movements},
        count(*) filter (inside and movement = 'new_business')::bigint as new_customers,
        count(*) filter (inside and movement = 'churn')::bigint as churned_customers
    from (
        select unnest(?) as label, unnest(?) as begin_s, unnest(?) as end_s
    ) as period
    left join lateral (
        select *, at_s >= period.begin_s and at_s < period.end_s as inside from changes
    ) on true
    group by period.label
    order by period.label
"""


def answer(
    database: duckdb.DuckDBPyConnection, world: World, metric: str, params: Mapping[str, str]
) -> dict[str, Any]:
    """Return the vendor's answer for a metric.

    Raises:
        LookupError: There is no such metric.
        ValueError: The interval or a date is not understood.
    """
    first, last = (date.fromisoformat(params[name]) for name in ("start-date", "end-date"))
    columns = METRICS[metric]
    where, values = _conditions(params)
    periods = _periods(first, min(last, world.until), params.get("interval", "month"))
    entries = _told(_rows(database, world, list(periods), where, values), columns)
    # what is now, and what was thirty days ago
    ago = [world.until - timedelta(days=30 * count) for count in range(4)]
    spans = [(begin, end - timedelta(days=1)) for end, begin in pairwise(ago)][::-1]
    (now,) = _told(_rows(database, world, spans, where, values), columns)
    return {
        "entries": [_entry(row, columns) for row in entries],
        "summary": _summary(now, columns, has_prefix=metric == "all"),
    }


def _conditions(params: Mapping[str, str]) -> tuple[str, list[Any]]:
    conditions, values = ["true"], list[Any]()
    if params.get("geo"):
        conditions.append("country in (select unnest(?))")
        values.append(params["geo"].split(","))
    if params.get("plans"):
        conditions.append(
            "(plan_uuid in (select unnest(?)) or plan_external_id in (select unnest(?)))"
        )
        values += [params["plans"].split(",")] * 2
    return " and ".join(conditions), values


def _rows(
    database: duckdb.DuckDBPyConnection,
    world: World,
    periods: list[tuple[date, date]],
    where: str,
    values: list[Any],
) -> list[Row]:
    movements = ", ".join(
        f"coalesce(sum(change) filter (inside and movement = '{name}'), 0)::bigint as {name}"
        for name in _MOVEMENTS
    )
    edges = [
        (seconds(begin), min(seconds(end + timedelta(days=1)), world.now)) for begin, end in periods
    ]
    found = database.execute(
        f"with changes as ({_CHANGES.format(where=where)}) {_PERIODS.format(movements=movements)}",
        [
            *values,
            *values,
            [end for _, end in periods],
            [begin for begin, _ in edges],
            [end for _, end in edges],
        ],
    )
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _periods(first: date, last: date, interval: str) -> Iterator[tuple[date, date]]:
    """Yield first and last days, the last one clipped, after the two periods before the first."""
    following, start = _calendar(interval, first)
    for count in (-2, -1):
        yield following(start, count), following(start, count + 1) - timedelta(days=1)
    while start <= last:
        end = following(start, 1)
        yield start, min(end - timedelta(days=1), last)
        start = end


def _calendar(interval: str, day: date) -> tuple[Callable[[date, int], date], date]:
    """Return how to get from one period's first day to another's, and the first one's."""
    if interval == "day":
        return (lambda start, count: start + timedelta(days=count)), day
    if interval == "week":
        monday = day - timedelta(days=day.weekday())
        return (lambda start, count: start + timedelta(weeks=count)), monday
    if interval not in _MONTHS:
        raise ValueError("interval must be day, week, month, quarter or year")
    length = _MONTHS[interval]
    month = (day.month - 1) // length * length + 1
    return (lambda start, count: add_months(start, length * count)), day.replace(month=month, day=1)


def _share(part: float, whole: float) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def _arpa(row: Row, _: Row) -> int:
    return round(row["mrr"] / row["customers"]) if row["customers"] else 0


def _customer_churn_rate(row: Row, before: Row) -> float:
    return _share(row["churned_customers"], before["customers"])


def _mrr_churn_rate(row: Row, before: Row) -> float:
    net = row["churn"] + row["contraction"] + row["expansion"] + row["reactivation"]
    return _share(-net, before["mrr"])


def _ltv(row: Row, before: Row) -> float:
    rate = _customer_churn_rate(row, before)
    return round(100 * _arpa(row, before) / rate, 1) if rate else 0.0


# each metric's value in a period, given the row of the period and the one before it
VALUES: dict[str, Callable[[Row, Row], float]] = {
    "mrr": lambda row, _: row["mrr"],
    "arr": lambda row, _: row["mrr"] * 12,
    "arpa": _arpa,
    "asp": lambda row, _: (
        round(row["new_business"] / row["new_customers"]) if row["new_customers"] else 0
    ),
    "customers": lambda row, _: row["customers"],
    "customer-churn-rate": _customer_churn_rate,
    "mrr-churn-rate": _mrr_churn_rate,
    "ltv": _ltv,
}
METRICS: dict[str, tuple[str, ...]] = {
    "all": tuple(VALUES),
    "customer-count": ("customers",),
    **{name: (name,) for name in VALUES if name != "customers"},
}


def _told(rows: list[Row], columns: tuple[str, ...]) -> list[Row]:
    """Return the rows from the third on, each with its values and those of the one before."""
    valued = [
        {**row, **{name: VALUES[name](row, before) for name in columns}}
        for before, row in pairwise(rows)
    ]
    return [
        {**row, "before": {name: before[name] for name in columns}}
        for before, row in pairwise(valued)
    ]


def _change(row: Row, name: str) -> float:
    return _share(row[name] - row["before"][name], row["before"][name])


def _entry(row: Row, columns: tuple[str, ...]) -> dict[str, Any]:
    entry: dict[str, Any] = {"date": row["label"].isoformat()}
    for name in columns:
        entry[name] = row[name]
        change = "percentage-change" if len(columns) == 1 else f"{name}-percentage-change"
        entry[change] = _change(row, name)
    if columns == ("mrr",):
        entry |= {f"mrr-{name.replace('_', '-')}": row[name] for name in _MOVEMENTS}
    return entry


def _summary(row: Row, columns: tuple[str, ...], *, has_prefix: bool) -> dict[str, Any]:
    summary: dict[str, Any] = {}
    for name in columns:
        end, start = (f"-{name}", f"{name}-") if has_prefix else ("", "")
        summary[f"current{end}"] = row[name]
        summary[f"previous{end}"] = row["before"][name]
        summary[f"{start}percentage-change"] = _change(row, name)
    return summary
