"""Tries a file with a mapping: its first rows as they would load, and each row that would not.

The code of a load reads and judges the file, into a database that is thrown away.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from ingestion.errors import KetteError
from ingestion.settings import settings
from ingestion.sources.files import advice, reading
from ingestion.sources.files.contract import raw_columns
from ingestion.sources.files.mapping import (
    DataFile,
    FileMapping,
    format_of,
    hint,
    is_file,
    no_format,
)
from ingestion.sources.files.mappings import load_mappings, read_mapping
from ingestion.sources.files.rows import MEMORY, Outcome, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

MAPPINGS = (".yml", ".yaml")
# rows of a reason whose values are looked at
MOST_VALUES = 1_000


@dataclass
class Problem:
    """A reason why rows would not load: their places with what stands there, and what to write."""

    reason: str
    places: list[tuple[str, str | None]] = field(default_factory=list)
    fix: str = ""


@dataclass(frozen=True)
class Trial:
    """What a load of one file would do.

    ``rows`` are the first ones by contract column; ``failure`` is why the file would fail whole.
    """

    mapping: FileMapping
    outcome: Outcome
    rows: list[dict[str, Any]]
    problems: list[Problem]
    remarks: list[str]
    failure: KetteError | None

    @property
    def shown(self) -> list[str]:
        """The contract columns that the mapping gives."""
        given = {*self.mapping.columns, *(["currency_code"] if self.mapping.currency else [])}
        return [name for name in raw_columns(self.mapping.kind) if name in given]


def run(
    mapping: FileMapping,
    file: DataFile,
    folder: Path,
    *,
    count: int = 3,
    suppressions: frozenset[str] = frozenset(),
) -> Trial:
    """Read a file as a load would.

    Args:
        mapping: Describes it.
        file: The file.
        folder: For what has to be unpacked.
        count: How many rows are shown.
        suppressions: Hashes of identifiers that must not be loaded.

    Raises:
        KetteError: It cannot be read with this mapping at all.
    """
    with duckdb.connect(str(folder / "rows.duckdb")) as connection:
        connection.execute(f"set memory_limit = '{MEMORY}'")
        table = Table(connection, tuple(raw_columns(mapping.kind)), suppressions)
        found = reading.read(connection, mapping, file, folder)
        outcome = table.judge(mapping, file, found.rows)
        problems = _problems(connection, table, mapping, file)
        rows = [row for page in table.pages() for row in islice(page.to_pylist(), count)][:count]
        told = [
            *found.remarks,
            *([f"{found.before:,} rows stand above the header"] if found.before else []),
            *([f"{found.empty:,} rows are empty"] if found.empty else []),
        ]
        failure = table.nothing_fits(mapping, file, outcome)
    return Trial(mapping, outcome, rows, problems, told, failure)


def _problems(
    connection: duckdb.DuckDBPyConnection, table: Table, mapping: FileMapping, file: DataFile
) -> list[Problem]:
    found: dict[str, Problem] = {}
    for record, reason, key in table.rejected(file):
        problem = found.setdefault(reason, Problem(reason))
        is_looked_at = len(problem.places) < MOST_VALUES
        value = advice.value(mapping, reason, record) if is_looked_at else None
        problem.places.append((key.removeprefix(f"{file.label}, "), value))
    for problem in found.values():
        values = [value for _, value in problem.places if value is not None]
        problem.fix = advice.fix(connection, mapping, problem.reason, values)
    return list(found.values())


def described(path: Path, setting: str, name: str | None = None) -> FileMapping | None:
    """Return the mapping to try a file with; None where none describes it.

    Args:
        path: The file.
        setting: Where the mappings are, empty without any.
        name: Of the mapping, or the path of its file; without it the one that describes the file.

    Raises:
        KetteError: There is no such mapping, or several describe the file.
    """
    if name is not None and name.endswith(MAPPINGS):
        return read_mapping(Path(name))
    known = load_mappings(setting).usable if setting else ()
    if name is None:
        fitting = [mapping for mapping in known if _describes(mapping, path)]
        if len(fitting) > 1:
            names = ", ".join(mapping.name for mapping in fitting)
            raise KetteError(
                f"several mappings describe it: {names}",
                where=path.name,
                fix=f"Write --mapping {fitting[0].name}",
            )
        return next(iter(fitting), None)
    for mapping in known:
        if mapping.name == name:
            return mapping
    there = [mapping.name for mapping in known]
    meant = hint(name, there) if there else "SOURCES__FILES__MAPPINGS names no mappings"
    raise KetteError(
        f"there is no mapping {name!r}",
        where="--mapping",
        fix=f"{meant}; or write the path of a mapping file, such as orders.yml",
    )


def data_file(mapping: FileMapping, path: Path) -> DataFile:
    """Return a file as one of a mapping, whether or not its path matches.

    Raises:
        KetteError: There is no such file, or its format is not to be told from its name.
    """
    if not is_file(path):
        raise KetteError(
            "there is no such file", where=path.name, fix="Check the name and the folder"
        )
    found = format_of(path, mapping.format)
    if found is None:
        raise no_format(path, mapping.where)
    return DataFile(path, f"{mapping.name}/{path.name}", found)


def _describes(mapping: FileMapping, path: Path) -> bool:
    try:
        return any(file.path.samefile(path) for file in mapping.files())
    except (KetteError, OSError):
        return False


@contextmanager
def workplace() -> Iterator[Path]:
    """Give a folder of one's own for what is unpacked and looked at."""
    parent = settings().home / "tmp"
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="try-", dir=parent) as folder:
        yield Path(folder)
