"""The meaning of each published table and column, stored as comments in the published file.

The texts are those of the models and seeds in dbt, and of ``published.yml`` for tables that publishing
adds. Readers of the file find them in ``duckdb_tables()`` and ``duckdb_columns()``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from orchestration import project, withheld

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import duckdb

ADDED = Path(__file__).with_name("published.yml")


@dataclass(frozen=True)
class Described:
    """A published table in words.

    Attributes:
        text: What it holds, in one line.
        columns: What each column means, in one line, by name.
    """

    text: str
    columns: dict[str, str]


def described(manifest: Mapping[str, Any] | None) -> dict[tuple[str, str], Described]:
    """Return every published table in words, by schema in the copy and name.

    Args:
        manifest: dbt's manifest; None where no project was parsed yet, and then only the tables that
            publishing adds are known.
    """
    found = added()
    for node in (manifest or {"nodes": {}})["nodes"].values():
        schema = withheld.published_as(node.get("schema", ""), node["name"])
        if (node.get("schema"), node["name"]) == withheld.ASSEMBLED:
            schema = withheld.ASSEMBLED[0]
        if schema and node["resource_type"] in {"model", "seed"}:
            found[schema, node["name"]] = _described(node, node["columns"].values())
    return found


def added() -> dict[tuple[str, str], Described]:
    """Return the tables that publishing itself adds, by schema and name."""
    schemas: dict[str, list[dict[str, Any]]] = yaml.safe_load(ADDED.read_text(encoding="utf-8"))
    return {
        (schema, table["name"]): _described(table, table["columns"])
        for schema, tables in schemas.items()
        for table in tables
    }


def one_line(text: str) -> str:
    """Return a text without line breaks."""
    return " ".join(text.split())


def carry_over(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> None:
    """Give a table the comments it has in the attached publication ``earlier``.

    Its rows were made by what was said then, which may be something else now.
    """
    tables = connection.execute(
        """
        select comment from duckdb_tables()
        where database_name = 'earlier' and schema_name = $schema and table_name = $name
        """,
        {"schema": schema, "name": name},
    ).fetchall()
    columns = connection.execute(
        """
        select column_name, comment from duckdb_columns()
        where database_name = 'earlier' and schema_name = $schema and table_name = $name
        """,
        {"schema": schema, "name": name},
    ).fetchall()
    ((text,),) = tables
    _execute(connection, _statements(schema, name, text, columns))


def write(connection: duckdb.DuckDBPyConnection) -> None:
    """Give every table and column of a copy its comment where it has none yet."""
    words = described(project.parsed_manifest())
    there = connection.execute(
        """
        select
            tables.schema_name, tables.table_name, tables.comment is null,
            list(columns.column_name) filter (where columns.comment is null)
        from (
            select database_oid, table_oid, schema_name, table_name, comment from duckdb_tables()
            union all
            select database_oid, view_oid, schema_name, view_name, comment from duckdb_views()
            where not internal
        ) as tables
        inner join duckdb_columns() as columns using (table_oid, database_oid)
        group by all
        """
    ).fetchall()
    for schema, name, is_silent, silent_columns in there:
        if table := words.get((schema, name)):
            columns = [(column, table.columns.get(column)) for column in silent_columns or ()]
            text = table.text if is_silent else None
            _execute(connection, _statements(schema, name, text, columns))


def _described(table: Mapping[str, Any], columns: Iterable[Mapping[str, Any]]) -> Described:
    words = {column["name"]: one_line(column.get("description") or "") for column in columns}
    return Described(one_line(table["description"]), words)


def _statements(
    schema: str, name: str, text: str | None, columns: Iterable[tuple[str, str | None]]
) -> Iterator[str]:
    table = f'"{schema}"."{name}"'
    kind = "view" if (schema, name) == withheld.ASSEMBLED else "table"
    if text:
        yield f"comment on {kind} {table} is {_literal(text)}"
    for column, words in columns:
        if words:
            yield f'comment on column {table}."{column}" is {_literal(words)}'


def _execute(connection: duckdb.DuckDBPyConnection, statements: Iterable[str]) -> None:
    if text := ";\n".join(statements):
        # one transaction: each on its own would be written to the disk by itself
        connection.execute(f"begin;\n{text};\ncommit")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
