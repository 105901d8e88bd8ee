"""Tries other rules on a copy: which people and which key figures would change.

The warehouse is copied, the rules are replaced in the copy, everything that depends on them is built
there, and both are compared. The real warehouse does not change.
"""

from __future__ import annotations

import shutil
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from ingestion.control import locks
from ingestion.errors import KetteError
from ingestion.settings import settings
from orchestration import project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

RULES, BLOCKED, POLICIES = "identity_rules", "blocked_identifiers", "shared_identifier_policies"
SEEDS = (RULES, BLOCKED, POLICIES)
DEGREE_CAP = "identity_degree_cap"
# it tells what was known when, and nothing of the trial may be known
LEFT_OUT = "bridge_customer_alias_history"
BEFORE = "what_if"
PERSONS_AT_MOST = 20


@dataclass(frozen=True)
class Change:
    """Persons before and after whose identifiers are not grouped the same way."""

    before: list[str]
    after: list[str]
    identifiers: list[str]

    @property
    def kind(self) -> str:
        """Return ``joined``, ``split`` or ``moved``."""
        if len(self.after) == 1:
            return "joined"
        return "split" if len(self.before) == 1 else "moved"


@dataclass(frozen=True)
class Figure:
    """A key figure of the last month that is shown, before and after."""

    metric: str
    label: str
    unit: str
    period_start: Any
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Comparison:
    """What other rules would change."""

    persons_before: int
    persons_after: int
    changes: list[Change]
    figures: list[Figure]


def compare(
    files: Mapping[str, Path],
    *,
    degree_cap: int | None = None,
    progress: Callable[[str], None] = lambda _text: None,
) -> Comparison:
    """Try other rules on a copy of the warehouse.

    Args:
        files: CSV files by the seed they stand in for.
        degree_cap: Another general degree cap.
        progress: Told what is being done.

    Raises:
        KetteError: There is no warehouse, a file does not fit, or the models do not build.
    """
    for file in files.values():
        if not file.is_file():
            raise KetteError("there is no such file", where=str(file))
    with _copied(progress) as copy:
        with closing(duckdb.connect(str(copy))) as connection:
            _remember(connection)
            for seed, file in files.items():
                _exchange(connection, seed, file)
        progress("build the persons and everything that depends on them")
        project.run_dbt(
            *("run", "--select", *(f"{seed}+" for seed in SEEDS), "--exclude", LEFT_OUT),
            variables={} if degree_cap is None else {DEGREE_CAP: degree_cap},
            instead={
                "KETTE_WAREHOUSE": str(copy),
                "DBT_TARGET_PATH": str(copy.parent / "target"),
            },
        )
        progress("compare")
        with closing(duckdb.connect(str(copy), read_only=True)) as connection:
            return difference(connection)


@contextmanager
def _copied(progress: Callable[[str], None]) -> Iterator[Path]:
    warehouse, folder = settings().warehouse, settings().home / "what-if"
    if not warehouse.exists():
        raise KetteError("there is no warehouse", where=str(warehouse), fix="Run `kette run`")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        progress("copy the warehouse")
        copy = folder / warehouse.name
        with locks.warehouse_lock():
            shutil.copyfile(warehouse, copy)
        yield copy
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remember(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep what is there now beside what will be built."""
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"create or replace schema {BEFORE}")
    tables = [("marts", "bridge_customer_identifiers"), *_metrics(connection)]
    for schema, table in tables:
        connection.execute(f'create table {BEFORE}."{table}" as from "{schema}"."{table}"')


def _metrics(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute(
        """
        select table_schema, table_name from information_schema.tables
        where table_schema = 'metrics' and table_name like 'mtr_%'
        order by all
        """
    ).fetchall()


def _exchange(connection: duckdb.DuckDBPyConnection, seed: str, file: Path) -> None:
    """Fill a seed's table from another file."""
    try:
        connection.execute(f"delete from seeds.{seed}")  # noqa: S608 - our own name
        connection.execute(
            f"insert into seeds.{seed} by name from read_csv($file, all_varchar = true)",
            {"file": str(file)},
        )
    except duckdb.Error as error:
        raise KetteError(
            f"it does not fit: {str(error).splitlines()[0]}",
            where=str(file),
            fix=f"Write it with the columns of seeds/{seed}.csv",
        ) from error


def difference(connection: duckdb.DuckDBPyConnection) -> Comparison:
    """Compare what was remembered with what was built."""
    before, after = (
        connection.execute(
            f"select count(distinct customer_id) from {schema}.bridge_customer_identifiers"  # noqa: S608 - our own names
        ).fetchall()[0][0]
        for schema in (BEFORE, "marts")
    )
    return Comparison(before, after, _changes(connection), _figures(connection))


def _changes(connection: duckdb.DuckDBPyConnection) -> list[Change]:
    """Return persons whose members differ, those of most identifiers first.

    An identifier that is in one of the two maps only (blocked in the other) stands alone there.
    """
    found = connection.execute(
        f"""
        with compared as (
            select
                concat_ws('|', identifier_type, identifier_namespace, identifier_value)
                    as identifier,
                identifier_type || ' ' || identifier_value as shown,
                earlier.customer_id as before_id,
                later.customer_id as after_id
            from {BEFORE}.bridge_customer_identifiers as earlier
            full join marts.bridge_customer_identifiers as later
                using (identifier_type, identifier_namespace, identifier_value)
        )

        select
            identifier,
            shown,
            coalesce(before_id, 'nobody:' || identifier),
            coalesce(after_id, 'nobody:' || identifier)
        from compared
        order by all
        """  # noqa: S608 - our own names
    ).fetchall()
    return grouped([row[1:] for row in found])


def grouped(rows: list[tuple[str, str, str]]) -> list[Change]:
    """Put together what hangs together: identifiers (as shown) with their owner before and after."""
    owners: dict[str, str] = {}

    def root(name: str) -> str:
        while owners.setdefault(name, name) != name:
            owners[name] = owners[owners[name]]
            name = owners[name]
        return name

    for _, before, after in rows:
        owners[root(f"b{before}")] = root(f"a{after}")
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for row in rows:
        groups.setdefault(root(f"a{row[2]}"), []).append(row)
    changes = [
        Change(
            sorted({before for _, before, _ in group}),
            sorted({after for _, _, after in group}),
            sorted(shown for shown, _, _ in group),
        )
        for group in groups.values()
    ]
    changes = [change for change in changes if (len(change.before), len(change.after)) != (1, 1)]
    return sorted(changes, key=lambda change: (-len(change.identifiers), change.identifiers))


def _figures(connection: duckdb.DuckDBPyConnection) -> list[Figure]:
    """Return the totals of each metric's last month that differ."""
    figures = []
    for schema, table in _metrics(connection):
        figures += [
            Figure(*row)
            for row in connection.execute(
                f"""
                with values_before as (
                    select
                        metric, period_start,
                        numerator / coalesce(denominator, 1) as figure
                    from {BEFORE}."{table}"
                    where {_WHOLE}
                ),

                values_after as (
                    select
                        metric, period_start,
                        numerator / coalesce(denominator, 1) as figure
                    from "{schema}"."{table}"
                    where {_WHOLE}
                )

                select
                    metric, catalogue.label_en, catalogue.unit, period_start,
                    values_before.figure, values_after.figure
                from values_before
                full join values_after using (metric, period_start)
                inner join seeds.metrics as catalogue using (metric)
                where values_before.figure is distinct from values_after.figure
                qualify period_start = max(period_start) over (partition by metric)
                order by metric
                """  # noqa: S608 - names from the database's own catalogue
            ).fetchall()
        ]
    return figures


_WHOLE = """
    channel = 'all' and journey_step = 'all' and journey_phase = 'all' and persona = 'all'
    and grain = 'month'
"""
