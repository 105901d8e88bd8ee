"""An export of Google Analytics 4 in miniature: a folder of shards, in each of the vendor's spellings."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(text: str) -> int:
    """Return the microseconds of a moment in UTC."""
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


def event(
    day: str,
    when: str = "10:00:00.000001",
    name: str = "page_view",
    cookie: str | None = "11.22",
    **more: Any,
) -> dict[str, Any]:
    """Return an event of a day (2026-05-20) as BigQuery writes it, whole numbers as texts."""
    parameters = {"ga_session_id": 1_779_000_000} | more.pop("params", {})
    return {
        "event_date": day.replace("-", ""),
        "event_timestamp": str(micros(f"{day}T{when}")),
        "event_name": name,
        "event_params": [
            {
                "key": key,
                "value": {"int_value": str(value)}
                if isinstance(value, int)
                else {"string_value": value},
            }
            for key, value in parameters.items()
        ],
        "user_pseudo_id": cookie,
        "stream_id": "1",
        **more,
    }


def write(
    folder: Path, day: str, events: Sequence[dict[str, Any]], kind: str = "", ending: str = "jsonl"
) -> Path:
    """Write a day's shard.

    Args:
        folder: Of the export.
        day: 2026-05-20.
        events: In BigQuery's spelling.
        kind: "", "intraday_" or "fresh_".
        ending: jsonl, jsonl.gz, parquet or avro.jsonl.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"events_{kind}{day.replace('-', '')}.{ending}"
    if ending == "parquet":
        rows = pa.array([_typed(each) for each in events])
        pq.write_table(pa.Table.from_struct_array(rows), path)
        return path
    rows = [_avro(each) for each in events] if ending.startswith("avro") else events
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text) if ending.endswith("gz") else text)
    return path


NUMBERS = {"event_timestamp", "int_value", "batch_event_index"}
RECORDS = {"privacy_info": "Root.PrivacyInfo", "value": "Root.Value", "device": "Root.Device"}


def _typed(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _typed(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return int(value) if name in NUMBERS else value


def _avro(value: Any, name: str = "") -> Any:
    if value is None:
        return None
    if isinstance(value, dict):
        record = {key: _avro(item, key) for key, item in value.items()}
        return {RECORDS[name]: record} if name in RECORDS else record
    if isinstance(value, list):
        return [_avro(item) for item in value]
    return {"long": int(value)} if name in NUMBERS else {"string": value}
