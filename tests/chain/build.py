"""Running the models of the project on one DuckDB connection."""

from __future__ import annotations

import importlib.util
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.chain.project import Node, Project


class BuildError(Exception):
    """A model that does not build: its name, what DuckDB or Python said, and its SQL."""


class Chain:
    """A world's tables, and the models built from them.

    Args:
        project: The rendered project.
        warehouse: A file whose raw tables are read; it is not changed. None: the world is small
            and its raw tables are made in this database.

    Views become tables: to plan a view in each of its readers costs more than its rows.
    """

    def __init__(self, project: Project, warehouse: Path | None = None) -> None:
        self.project = project
        self.connection = duckdb.connect(":memory:")
        self.connection.execute("set TimeZone = 'UTC'")
        self.seconds: dict[str, float] = {}
        if warehouse:
            self._copy_raw(warehouse)
        else:
            self.connection.execute("set threads = 1")

    def ask(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self.connection.execute(query, list(parameters)).fetchall()

    def build(self, only: Iterable[str] | None = None) -> Chain:
        """Load the seeds and build the models, or some of them with all that they read.

        Raises:
            BuildError: A model does not build.
        """
        self.seed()
        for schema in ("staging", "intermediate", "marts", "metrics"):
            self.connection.execute(f"create schema if not exists {schema}")
        wanted = self._with_parents(only) if only else None
        for node in self.project.ordered():
            if wanted is None or node.name in wanted:
                began = time.perf_counter()
                self._make(node)
                self.seconds[node.name] = time.perf_counter() - began
        return self

    def again(self, copy: Path, names: Iterable[str]) -> Chain:
        """Build these models alone, in a copy of a warehouse that holds what they read.

        Raises:
            BuildError: A model does not build; the copy is as it was then.
        """
        wanted = set(names)
        self.connection = duckdb.connect(str(copy))
        self.connection.execute("set TimeZone = 'UTC'")
        self.connection.execute("begin")
        for node in self.project.ordered():
            if node.name in wanted:
                began = time.perf_counter()
                kind = "view" if node.materialized == "view" else "table"
                self.connection.execute(f'drop {kind} if exists "{node.schema}"."{node.name}"')
                self._make(node)
                self.seconds[node.name] = time.perf_counter() - began
        self.connection.execute("commit")
        return self

    def seed(self) -> None:
        """Load the seeds that are not there yet."""
        self.connection.execute("create schema if not exists seeds")
        there = {
            name
            for (name,) in self.ask(
                "select table_name from duckdb_tables() where schema_name = 'seeds'"
            )
        }
        for seed in self.project.seeds.values():
            if seed.name not in there:
                self._seed(seed)

    def failing(self, named: str = "", *, warnings: bool = True) -> dict[str, int]:
        """Return the checks that do not hold, with how many rows fail each.

        Args:
            named: What the name of a check must contain to be run.
            warnings: Whether those count that only warn.
        """
        found = {}
        for check in self.project.checks():
            if named not in check.name or (check.only_warns and not warnings):
                continue
            try:
                rows = self.ask(f"select count(*) from ({check.sql.rstrip().rstrip(';')}) as rows")
            except duckdb.CatalogException:
                continue  # of a model that was not asked for
            if rows[0][0]:
                found[check.name] = rows[0][0]
        return found

    def _copy_raw(self, warehouse: Path) -> None:
        self.connection.execute(f"attach '{warehouse}' as given (read_only)")
        tables = self.ask(
            "select schema_name, table_name from duckdb_tables() where database_name = 'given' "
            "and (schema_name = 'kette' or (schema_name like 'raw\\_%' escape '\\' "
            "and schema_name not like '%\\_staging' escape '\\'))"
        )
        for schema, table in tables:
            self.connection.execute(f'create schema if not exists "{schema}"')
            self.connection.execute(
                f'create table "{schema}"."{table}" as from given."{schema}"."{table}"'
            )
        self.connection.execute("detach given")

    def _with_parents(self, only: Iterable[str]) -> set[str]:
        wanted: set[str] = set()
        coming = list(only)
        while coming:
            name = coming.pop()
            if name not in wanted and name in self.project.models:
                wanted.add(name)
                coming += self.project.models[name].parents
        return wanted

    def _seed(self, seed: Node) -> None:
        given = ", ".join(f"'{name}': '{kind}'" for name, kind in seed.columns.items())
        types = f", types = {{{given}}}" if given else ""
        self.connection.execute(
            f'create table seeds."{seed.name}" as '
            f"from read_csv('{seed.path}', header = true, delim = ',', quote = '\"', "
            f"escape = '\"', null_padding = false{types})"
        )

    def _make(self, node: Node) -> None:
        name = f'"{node.schema}"."{node.name}"'
        try:
            if node.materialized == "python":
                self._run_python(node, name)
            elif node.columns:
                self._insert_by_contract(node, name)
            else:
                self.connection.execute(f"create table {name} as (\n{node.sql}\n)")
        except Exception as error:
            raise BuildError(f"{node.name}: {error}\n\n{node.sql}") from error

    def _insert_by_contract(self, node: Node, name: str) -> None:
        if node.materialized == "view":
            self.connection.execute(f"create view {name} as (\n{node.sql}\n)")
            return
        columns = ", ".join(f'"{column}" {kind}' for column, kind in node.columns.items())
        names = ", ".join(f'"{column}"' for column in node.columns)
        self.connection.execute(f"create table {name} ({columns})")
        promised = self._types(f"from {name}")
        given = self._types(node.sql)
        if promised != given:
            differing = {
                column: (promised.get(column), given.get(column))
                for column in sorted(promised.keys() | given.keys())
                if promised.get(column) != given.get(column)
            }
            raise BuildError(f"contract broken, column: (promised, given) {differing}")
        self.connection.execute(
            f"insert into {name} ({names}) select {names} from (\n{node.sql}\n) as model"
        )

    def _types(self, query: str) -> dict[str, str]:
        return {row[0]: row[1] for row in self.ask(f"describe (\n{query}\n)")}

    def _run_python(self, node: Node, name: str) -> None:
        spec = importlib.util.spec_from_file_location(node.name, node.path)
        if spec is None or spec.loader is None:
            raise BuildError(f"{node.path} is no module")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)

        def ref(parent: str) -> duckdb.DuckDBPyRelation:
            return self.connection.query(f"from {self.project._relation(parent)}")

        # a model is given dbt's own object: what it calls of it stands here
        config = _Config(node.config)
        this = SimpleNamespace(schema=node.schema, identifier=node.name)
        given = module.model(SimpleNamespace(ref=ref, config=config, this=this), self.connection)
        self.connection.register("_given", given)
        self.connection.execute(f"create table {name} as from _given")
        self.connection.unregister("_given")


class _Config:
    """dbt.config as a Python model sees it: called to configure, asked by get()."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def __call__(self, **_given: Any) -> None:
        """Take what dbt would be told; the harness needs none of it."""

    def get(self, name: str, default: Any = None) -> Any:
        """Return what the yml says."""
        return self._values.get(name, default)
