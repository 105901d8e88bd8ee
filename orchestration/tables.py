"""The tables of a copy before it is published: each is fresh, carried over or missing, and why.

``catalogue.tables`` of the copy lists this with the day each table stands for, so that pages can say
which of their figures are older than the others.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration import comments, withheld

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

FRESH, CARRIED_OVER, MISSING = "fresh", "carried_over", "missing"
SAID = """
create table catalogue.tables (
    table_schema varchar,
    table_name varchar,
    status varchar,
    as_of date,
    cause varchar,
    cause_subject varchar,
    cause_message varchar,
    warnings varchar[],
    pages varchar[]
)
"""


@dataclass(frozen=True)
class Copied:
    """What became of a table."""

    status: str
    row_count: int


class Earlier:
    """The publication before, from which a table may be carried over."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path | None) -> None:
        self.connection = connection
        self.days: dict[tuple[str, str], date] = {}
        self._is_open = False
        if path is None:
            return
        try:
            connection.execute(f"attach '{_quoted(path)}' as earlier (read_only)")
            self._is_open = True
            self.days = self._read_days()
        except duckdb.Error:
            # it is damaged: nothing can be carried over from it
            self.close()

    def _read_days(self) -> dict[tuple[str, str], date]:
        """Return the day that each of its tables stands for."""
        ((as_of,),) = self._rows("select as_of from earlier.catalogue.about")
        days = dict.fromkeys(self._tables(), as_of)
        if ("catalogue", "tables") in days:
            days |= {
                (schema, name): day
                for schema, name, day in self._rows(
                    "select table_schema, table_name, as_of from earlier.catalogue.tables"
                )
                if day is not None
            }
        return days

    def _tables(self) -> list[tuple[str, str]]:
        query = (
            "select schema_name, table_name from duckdb_tables() where database_name = 'earlier'"
        )
        return [(schema, name) for schema, name in self._rows(query)]

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        if self._is_open:
            self.connection.execute("detach earlier")
            self._is_open = False


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table that says what became of each table."""
    connection.execute(SAID)


def to_publish(
    connection: duckdb.DuckDBPyConnection,
) -> list[tuple[str | None, withheld.Table]]:
    """Return what there is to publish, each with its schema in the warehouse where it is there.

    What no model makes any more is left out, where a build has said which tables there are.
    """
    found = connection.execute(
        """
        select table_schema, table_name
        from information_schema.tables
        where table_catalog = 'warehouse'
        order by all
        """
    ).fetchall()
    there = {
        (target, name): schema
        for schema, name in found
        if (target := withheld.published_as(schema, name))
    }
    said = withheld.remembered()
    names = said or dict.fromkeys(there)
    return [(there.get(name), said.get(name) or withheld.Table(*name)) for name in sorted(names)]


def copy(
    connection: duckdb.DuckDBPyConnection,
    given: tuple[str | None, withheld.Table],
    earlier: Earlier,
    progress: Callable[[str], None],
) -> Copied:
    """Copy a table from the warehouse, or from the publication before, and say which."""
    schema, table = given
    name = f'"{table.schema_name}"."{table.name}"'
    progress(f"publish {table.schema_name}.{table.name}")
    day = earlier.days.get((table.schema_name, table.name))
    status, origin = MISSING, ""
    if table.cause is None and schema is not None:
        status, origin = FRESH, f'warehouse."{schema}"."{table.name}"'
    elif day is not None:
        status, origin = CARRIED_OVER, f"earlier.{name}"
    rows = 0
    if origin:
        connection.execute(f'create schema if not exists "{table.schema_name}"')
        try:
            connection.execute(f"create table {name} as select * from {origin}")  # noqa: S608 - names of our own
            rows = connection.execute(f"select count(*) from {name}").fetchall()[0][0]  # noqa: S608 - as above
            if status == CARRIED_OVER:
                comments.carry_over(connection, table.schema_name, table.name)
        except duckdb.Error:
            if status == FRESH:
                raise
            # the publication before is damaged
            status = MISSING
    connection.execute(
        """
        insert into catalogue.tables
        select
            $schema, $name, $status,
            case $status when 'fresh' then about.as_of when 'carried_over' then $day::date end,
            $cause, $subject, $message, $warnings::varchar[], $pages::varchar[]
        from catalogue.about as about
        """,
        {
            "schema": table.schema_name,
            "name": table.name,
            "status": status,
            "day": day,
            "cause": table.cause.kind if table.cause else None,
            "subject": table.cause.subject if table.cause else None,
            "message": table.cause.message if table.cause else None,
            "warnings": list(table.warnings),
            "pages": list(table.pages),
        },
    )
    return Copied(status, rows)


def assemble(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the view over all families of monthly metrics that the copy has, each as of its own day."""
    # other tables of a month have columns of their own
    families = connection.execute(
        """
        select table_name
        from duckdb_columns()
        where
            database_name = current_database() and schema_name = 'metrics'
            and regexp_full_match(table_name, 'mtr_[a-z]+_monthly')
            and column_name in ('metric', 'numerator', 'denominator')
        group by table_name
        having count(*) = 3
        order by table_name
        """
    ).fetchall()
    if not families:
        return
    # what only some families tell is there whichever of them the copy has
    parts = ["select null::bigint as population_size, null::date as ripe_from where false"]
    parts += [
        f"select '{name}' as source_model, * from metrics.{name}"  # noqa: S608 - as below
        for (name,) in families
    ]
    schema, view = withheld.ASSEMBLED
    union = " union all by name ".join(parts)
    connection.execute(
        f"create view {schema}.{view} as "  # noqa: S608 - names from the copy's own catalogue
        f"select source_model, * exclude (source_model) from ({union})"
    )


def not_renewed(path: Path) -> list[str]:
    """Return, of a published file, why which of its tables are not of its day: a line each reason."""
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        found = connection.execute(
            """
            select
                status, as_of, cause, cause_subject, any_value(cause_message),
                list(table_name order by table_name)
            from catalogue.tables
            where status != 'fresh'
            group by all
            order by as_of nulls first, cause, cause_subject
            """
        ).fetchall()
    return [
        f"{', '.join(names)} {'never published' if day is None else f'as of {day}'}: "
        + str(withheld.Cause(kind, subject, message) if kind else "not built")
        for _, day, kind, subject, message, names in found
    ]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
