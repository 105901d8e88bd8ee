"""A small company's records as every source reads them, before the gate."""

from __future__ import annotations

import itertools
import json
from contextlib import closing
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ingestion.loading import dlt_package
from ingestion.registry import REGISTRY
from ingestion.sandbox import vendors, world
from ingestion.sandbox.server import serve_in_thread
from ingestion.toolkit.source import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pytest

    from ingestion.toolkit.source import Load, Stream
    from tests.hostile.fields import Path as Place

UNTIL = date(2026, 6, 1)
Records = dict[tuple[str, str], list[dict[str, Any]]]


def read(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    seed: int,
    customers: int = 40,
    months: int = 4,
    most: int = 60,
) -> Records:
    """Make a company and return at most so many records of each stream."""
    world.generate(folder, customers=customers, months=months, seed=seed, until=UNTIL)
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setattr(
        "ingestion.http.rate_limits.clock", iter(range(10**9, 2 * 10**9, 7200)).__next__
    )
    monkeypatch.setenv("KETTE_TODAY", UNTIL.isoformat())
    found: Records = {}
    moments = itertools.count(0, 100)
    with serve_in_thread(folder, clock=lambda: float(next(moments))) as sandbox:
        for name, value in sandbox.environment().items():
            monkeypatch.setenv(name, value)
        for load in REGISTRY:
            if load.source in vendors.names():
                found |= _read_source(load, most)
    return found


def _read_source(load: Load, most: int) -> Records:
    settings = dlt_package.resolve(load)
    client: Any = load.connect(settings) if load.connect else None
    found: Records = {}
    shared: dict[str, Any] = {}
    with closing(client):
        for stream in load.streams:
            reader = Reader(settings, client, state={}, shared=shared, known=False)
            reader.load_id = "1"
            rows = itertools.chain.from_iterable(
                _rows(page, stream) for page in stream.read(reader)
            )
            # all are read: what a stream keeps for the next one is whole then
            found[load.source, stream.name] = list(rows)[:most]
    return found


def _rows(page: Any, stream: Stream) -> Iterator[dict[str, Any]]:
    if isinstance(page, list):
        yield from page
        return
    for batch in page.batches() if hasattr(page, "batches") else [page]:
        table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
        for row in table.to_pylist():
            yield {
                name: json.loads(row[name])
                if kind == "json" and isinstance(row[name], str)
                else row[name]
                for name, kind in stream.columns.items()
            }


def written(load: Load, stream: Stream, paths: set[Place]) -> dict[str, Any]:
    """Return a record of a stream that the sandbox does not serve, with all that the models read."""
    document: dict[str, Any] = {}
    for path in sorted(paths, key=str):
        at: Any = document
        for step in path[:-1]:
            if not isinstance(step, str) or not isinstance(at, dict):
                break
            if not isinstance(at.get(step), dict):
                at[step] = {}
            at = at[step]
        else:
            if isinstance(path[-1], str) and isinstance(at, dict):
                at.setdefault(path[-1], "mia@firm.example" if "mail" in path[-1] else "1")
    moment = datetime(2026, 4, 1, 10, tzinfo=UTC)
    plain = {
        "json": document,
        "text": f"{load.source}-1",
        "bigint": 1,
        "double": 5.0,
        "bool": False,
        "timestamp": moment,
        "date": moment.date(),
        "decimal": 12,
    }
    given: Mapping[str, Any] = OWN.get((load.source, stream.name), {})
    return {name: given.get(name, plain[kind]) for name, kind in stream.columns.items()}


_FILE = {
    "mapping": "shop",
    "file": "shop.csv",
    "source": "shop",
    "identifier_type": "email",
    "identifier_namespace": "global",
    "identifier_value": "mia@firm.example",
    "channel": "website",
    "touchpoint": "page_viewed",
    "direction": "inbound",
    "currency_code": "EUR",
}
OWN: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("files", "touchpoints"): _FILE,
    ("files", "orders"): _FILE,
    ("files", "surveys"): {
        **_FILE,
        "question_kind": "nps",
        "score": 9.0,
        "scale_min": 0.0,
        "scale_max": 10.0,
        "channel": "survey",
    },
    ("tawk", "webhook_events"): {"event": "chat:start", "ticket_id": None},
    ("activecampaign", "webhook_events"): {"event": "open"},
    ("hooks", "events"): {"sender": "shop", "event": "order.created"},
}


# what the source's own reader writes, or refuses where a file says another word; and what the vendor
# itself turns into one: the currency of all figures of a billing account
DECIDED = {
    ("activecampaign", "report"),
    ("chartmogul", "activity_month"),
    ("chartmogul", "account", "currency"),
    ("chartmogul", "activities", "currency"),
    *(
        ("files", name)
        for name in ("mapping", "source", "identifier_type", "identifier_namespace", "channel")
    ),
    *(("files", name) for name in ("direction", "question_kind")),
}
