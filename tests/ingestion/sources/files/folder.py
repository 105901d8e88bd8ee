"""A folder with mappings and data files, and what reading it gives."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from ingestion.sources import files
from ingestion.sources.files import FilesSettings
from ingestion.toolkit.source import Reader

if TYPE_CHECKING:
    from pathlib import Path

VISITS: dict[str, Any] = {
    "name": "visits",
    "kind": "touchpoints",
    "path": "*.csv",
    "time_zone": "Europe/Berlin",
    "identifier": {"type": "email"},
    "columns": {
        "occurred_at": "seen",
        "identifier_value": "mail",
        "channel": {"value": "in_person"},
        "touchpoint": {"value": "trade_fair_visited"},
    },
}
SALES: dict[str, Any] = {
    "name": "shop",
    "kind": "orders",
    "path": "*.csv",
    "time_zone": "UTC",
    "key": "no",
    "currency": "EUR",
    "identifier": {"type": "user_id"},
    "columns": {
        "order_id": "no",
        "ordered_at": "day",
        "identifier_value": "buyer",
        "order_amount": "total",
    },
}


@dataclass
class Read:
    """What one read of a stream gave."""

    rows: list[dict[str, Any]]
    reader: Reader

    def column(self, name: str) -> list[Any]:
        """Return one column."""
        return [row[name] for row in self.rows]

    @property
    def reasons(self) -> list[str]:
        """Return why rows were rejected."""
        return [reject.reason for reject in self.reader.chapter.rejects]


@dataclass
class Folder:
    """Mappings and data files in a folder, read as a run would, without a warehouse."""

    path: Path
    state: dict[str, Any] = field(default_factory=dict)

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def map(self, mapping: dict[str, Any], **changes: Any) -> None:
        """Write a mapping file; columns in ``changes`` are added to the mapping's."""
        columns = {**mapping["columns"], **changes.pop("columns", {})}
        changed = {**mapping, **changes, "columns": columns}
        self.write(f"{changed['name']}.yml", yaml.safe_dump(changed))

    def read(self, kind: str = "touchpoints", suppressions: frozenset[str] = frozenset()) -> Read:
        """Read what changed since the last read."""
        reader = Reader(
            FilesSettings(mappings=str(self.path)),
            None,  # type: ignore[arg-type]  # files have no client
            state=self.state,
            shared={},
            known=bool(self.state),
            suppressions=suppressions,
        )
        (stream,) = (each for each in files.LOAD.streams if each.name == kind)
        pages = [pa.table(pa.Table.from_batches([page])) for page in stream.read(reader)]
        rows = [row for page in pages for row in page.to_pylist()]
        assert all(tuple(page.column_names) == tuple(stream.columns) for page in pages)
        return Read(rows, reader)


def utc(text: str) -> datetime:
    """Return a moment."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def as_csv() -> bytes:
    """Return two visits; a winter's and a summer's."""
    return b"seen,mail,stand\n2026-01-31 10:00,a@x.example,B4\n2026-07-31 10:00,b@x.example,\n"


def as_jsonl() -> bytes:
    """Return the same two visits."""
    lines = [
        {"seen": "2026-01-31 10:00", "mail": "a@x.example", "stand": "B4"},
        {"seen": "2026-07-31 10:00", "mail": "b@x.example", "stand": None},
    ]
    return "\n".join(json.dumps(line) for line in lines).encode()


def as_parquet() -> bytes:
    """Return the same two visits, with times that are no texts."""
    sink = pa.BufferOutputStream()
    seen = [datetime(2026, 1, 31, 10), datetime(2026, 7, 31, 10)]  # noqa: DTZ001 - naive on purpose
    mails = ["a@x.example", "b@x.example"]
    pq.write_table(pa.table({"seen": seen, "mail": mails, "stand": ["B4", None]}), sink)
    return sink.getvalue().to_pybytes()
