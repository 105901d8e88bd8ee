"""Two publications compared row by row, in the months that were over before the earlier one.

A month still running gains rows every day, which needs no explaining; a month that was over should
stay as it is. Whole months are compared by a sum of hashes first, so that only months that differ
are joined.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.figure_history.rows_behind import WATCHED, Watched

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

# rows kept for each model, month and kind of change; their count and measures are kept in full
ROWS_KEPT = 20
EARLIER, LATER = "earlier", "later"


@dataclass(frozen=True)
class Change:
    """Rows of one model and month that changed in the same way.

    Attributes:
        model: The published table.
        period_start: First day of the month of the rows.
        change: ``added``, ``removed``, ``changed``; ``labelled`` and ``unlabelled`` where the
            person became the company's own or stopped to be; ``moved_here`` and ``moved_away`` where
            the row went to another month.
        columns: Which columns changed, by comma; empty unless ``changed``.
        row_count: How many rows.
        measures: Sum of each measure after, less its sum before.
        rows: Some of them, as (key, row before, row after).
    """

    model: str
    period_start: date
    change: str
    columns: str
    row_count: int
    measures: dict[str, float]
    rows: list[tuple[str, dict[str, Any] | None, dict[str, Any] | None]] = field(
        default_factory=list
    )


def closed_before(path: Path) -> date:
    """Return the day that a publication stands for: months that ended before it were over."""
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        day: date = connection.execute("select as_of from catalogue.about").fetchall()[0][0]
        return day


def changes(earlier: Path, later: Path) -> list[Change]:
    """Return what changed in the rows behind the figures of months that were over.

    Args:
        earlier: A published file.
        later: A file published (or about to be) after it.
    """
    with closing(duckdb.connect()) as connection:
        connection.execute("set timezone = 'UTC'")
        for name, path in ((EARLIER, earlier), (LATER, later)):
            quoted = str(path).replace("'", "''")
            connection.execute(f"attach '{quoted}' as {name} (read_only)")
        return [
            change
            for watched in WATCHED.values()
            if (columns := _columns(connection, watched)) is not None
            for change in _changes(connection, watched, columns)
        ]


def _columns(connection: duckdb.DuckDBPyConnection, watched: Watched) -> list[str] | None:
    """Return the watched columns that both files have; None where they cannot be compared."""
    found = connection.execute(
        """
        select column_name
        from duckdb_columns()
        where
            database_name in ('earlier', 'later') and schema_name = 'marts'
            and table_name = ?
        group by column_name
        having count(*) = 2
        """,
        [watched.model],
    ).fetchall()
    known = {name for (name,) in found}
    if not {watched.key, watched.month_of} <= known:
        return None
    return [name for name in watched.columns if name in known]


def _side(side: str, watched: Watched, columns: list[str], *, has_label: bool) -> str:
    """Return a query of one file's rows: row_key, period_start, is_internal and the columns."""
    person = "rows.customer_id = persons.customer_id"
    label = "coalesce(persons.is_internal, false)" if has_label else "false"
    return f"""
        select
            cast(rows.{watched.key} as varchar) as row_key,
            cast(date_trunc('month', case
                when typeof(rows.{watched.month_of}) = 'DATE'
                    then cast(rows.{watched.month_of} as timestamp)
                else timezone(
                    (select business_time_zone from later.catalogue.about),
                    cast(rows.{watched.month_of} as timestamptz)
                )
            end) as date) as period_start,
            {label} as is_internal,
            {"".join(f"rows.{name}, " for name in columns)}
        from {side}.marts.{watched.model} as rows
        {f"left join {side}.marts.dim_customers as persons on {person}" if has_label else ""}
    """  # noqa: S608 - names from our own list


def _changes(
    connection: duckdb.DuckDBPyConnection, watched: Watched, columns: list[str]
) -> list[Change]:
    labels = connection.execute(
        """
        select count(*) from duckdb_columns()
        where
            database_name in ('earlier', 'later') and schema_name = 'marts'
            and table_name = 'dim_customers' and column_name = 'is_internal'
        """
    ).fetchall()[0][0]
    has_label = watched.has_person() and labels == 2  # noqa: PLR2004 - both files
    for side in (EARLIER, LATER):
        query = _side(side, watched, columns, has_label=has_label)
        connection.execute(f"create or replace temp view {side}_rows as {query}")
    hashed = ", ".join(("row_key", *columns))
    connection.execute(
        f"""
        create or replace temp table differing as
        with sums as (
            {
            " union all ".join(
                f'''
                select
                    '{side}' as side, period_start, count(*) as row_count,
                    sum(hash({hashed})) as checksum
                from {side}_rows
                where not is_internal
                group by period_start
                '''
                for side in (EARLIER, LATER)
            )
        }
        )
        select period_start
        from sums
        where
            period_start + interval 1 month
            <= (select as_of from earlier.catalogue.about)
        group by period_start
        having
            count(*) = 1 or min(row_count) != max(row_count) or min(checksum) != max(checksum)
        """  # noqa: S608 - as above
    )
    if connection.execute("select count(*) from differing").fetchall()[0][0] == 0:
        return []
    connection.execute(_pairs(columns, watched.measures))
    return _grouped(connection, watched, [name for name in watched.measures if name in columns])


def _pairs(columns: list[str], measures: tuple[str, ...]) -> str:
    """Return the statement that pairs the rows of the differing months and names the change."""
    packed = ", ".join(f"{name} := {{side}}.{name}" for name in columns)
    changed = ", ".join(
        f"case when earlier.{name} is distinct from later.{name} then '{name}' end"
        for name in columns
    )
    sums = "".join(
        f"coalesce(cast(later.{name} as double), 0) "
        f"- coalesce(cast(earlier.{name} as double), 0) as net_{name},\n"
        for name in measures
        if name in columns
    )
    counted = "from {side}_rows where not is_internal and period_start in (from differing)"
    row = f"case when {{side}}.row_key is not null then to_json(struct_pack({packed})) end"
    return f"""
        create or replace temp table pairs as
        with earlier as (select * {counted.format(side=EARLIER)}),
        later as (select * {counted.format(side=LATER)}),
        -- where a row that one side lacks is to be found on that side, if anywhere
        elsewhere as (
            select '{EARLIER}' as side, row_key, is_internal
            from {EARLIER}_rows
            where row_key in (select row_key from later)
            union all
            select '{LATER}', row_key, is_internal
            from {LATER}_rows
            where row_key in (select row_key from earlier)
        ),
        joined as (
            select
                coalesce(later.row_key, earlier.row_key) as row_key,
                coalesce(later.period_start, earlier.period_start) as period_start,
                case
                    when earlier.row_key is null then '{EARLIER}'
                    when later.row_key is null then '{LATER}'
                end as lacking,
                {sums}
                list_filter([{changed}], lambda name: name is not null) as columns,
                {row.format(side="earlier")} as before,
                {row.format(side="later")} as after
            from earlier
            full join later
                on earlier.row_key = later.row_key
                and earlier.period_start = later.period_start
        )
        select
            joined.* exclude (lacking, columns),
            case
                when lacking is null then 'changed'
                when elsewhere.row_key is null
                    then if(lacking = '{EARLIER}', 'added', 'removed')
                when elsewhere.is_internal
                    then if(lacking = '{EARLIER}', 'unlabelled', 'labelled')
                else if(lacking = '{EARLIER}', 'moved_here', 'moved_away')
            end as change,
            if(lacking is null, array_to_string(columns, ', '), '') as columns
        from joined
        left join elsewhere
            on joined.row_key = elsewhere.row_key and joined.lacking = elsewhere.side
        where lacking is not null or len(columns) > 0
    """  # noqa: S608 - as above


def _grouped(
    connection: duckdb.DuckDBPyConnection, watched: Watched, measures: list[str]
) -> list[Change]:
    nets = [f"net_{name}" for name in measures]
    effect = " + ".join(f"abs({net})" for net in nets) or "0.0"
    found = connection.execute(
        f"""
        select
            period_start, change, columns, count(*),
            [{", ".join(f"round(sum({net}), 6)" for net in nets)}]
        from pairs
        group by period_start, change, columns
        order by period_start, change, columns
        """  # noqa: S608 - as above
    ).fetchall()
    grouped = {
        tuple(row[:3]): Change(
            watched.model, row[0], row[1], row[2], row[3], dict(zip(measures, row[4], strict=True))
        )
        for row in found
    }
    # the rows with the greatest effect
    kept = connection.execute(
        f"""
        select period_start, change, columns, row_key, before, after
        from (select *, {effect} as effect from pairs)
        qualify row_number() over (
            partition by period_start, change, columns
            order by effect desc, row_key
        ) <= {ROWS_KEPT}
        order by effect desc, row_key
        """  # noqa: S608 - as above
    ).fetchall()
    for month, change, columns, key, before, after in kept:
        both = [json.loads(side) if side else None for side in (before, after)]
        grouped[month, change, columns].rows.append((key, both[0], both[1]))
    return list(grouped.values())
