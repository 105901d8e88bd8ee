"""The export of Google Analytics 4 as files: one shard per day, written in three formats.

A day's shard is complete two nights later and is rewritten while events still arrive. Until then there
is an intraday shard, which may exist beside it for a night. The first two weeks were exported as Parquet,
the next two as Avro converted to JSON lines, and all others as BigQuery's JSON lines.
"""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.sandbox.company import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.tables import Columns

FOLDER = "ga4/export"
_PARQUET_DAYS, _AVRO_DAYS = 14, 28
# after so many days the export had more columns: the session's source, and places in a batch
_MORE_COLUMNS_DAYS = 40
_EVERY = 250  # about one event in so many is written twice
_INTEGERS = {
    "event_timestamp", "int_value", "event_bundle_sequence_id", "batch_event_index",
    "user_first_touch_timestamp",
}  # fmt: skip
_RECORDS = {"privacy_info", "device", "web_info", "geo", "traffic_source", "value",
            "collected_traffic_source", "session_traffic_source_last_click",
            "manual_campaign"}  # fmt: skip
_PARAMETERS = (
    ("ga_session_id", "int", "session_id"),
    ("ga_session_number", "int", "session_number"),
    ("page_location", "string", "page"),
    ("page_referrer", "string", "referrer"),
    ("engagement_time_msec", "int", "case when is_engaged = 1 then 4000 + place * 100 end"),
    ("source", "string", "case when medium not in ('(none)', 'organic') then source end"),
    ("medium", "string", "case when medium not in ('(none)', 'organic') then medium end"),
    ("campaign", "string", "campaign"),
    ("gclid", "string", "gclid"),
    *(
        (name, "string", f"params_json ->> '$.{name}'")
        for name in ("form_id", "form_name", "booking_system", "booking_id", "booking_type",
                     "booking_start", "booking_channel", "transaction_id", "currency")
    ),
    ("value", "int", "params_json ->> '$.value'"),
    ("booking_minutes", "int", "params_json ->> '$.booking_minutes'"),
)  # fmt: skip


def _parameter(name: str, kind: str, value: str) -> str:
    text = f"({value})::varchar"
    return (
        f"case when ({value}) is not null then {{'key': '{name}', 'value': {{"
        f"'string_value': {text if kind == 'string' else 'null::varchar'}, "
        f"'int_value': {text if kind == 'int' else 'null::varchar'}}}}} end"
    )


# an engaged visit is told as a number by one version of the tag, as a text by another
_ENGAGED = """{'key': 'session_engaged', 'value': {
    'string_value': case when visit % 2 = 0 then is_engaged::varchar end,
    'int_value': case when visit % 2 = 1 then is_engaged::varchar end}}"""
_LINES = f"""
    select day, id, json_merge_patch('{{}}', to_json({{
        'event_date': day,
        'event_timestamp': time_us::varchar,
        'event_name': event,
        'event_params': list_filter(
            [{", ".join(_parameter(*each) for each in _PARAMETERS)}, {_ENGAGED}],
            lambda pair: pair is not null
        ),
        'event_bundle_sequence_id': bundle::varchar,
        'user_id': user_id,
        'user_pseudo_id': cookie,
        'privacy_info': case when consent is not null then {{
            'analytics_storage': consent, 'ads_storage': consent, 'uses_transient_token': 'No'
        }} end,
        'user_first_touch_timestamp': case when cookie is not null
            then (split_part(cookie, '.', 2)::bigint * 1000000)::varchar end,
        'device': {{'category': 'desktop', 'operating_system': system, 'language': 'de-de',
            'web_info': {{'browser': browser, 'hostname': host}}}},
        'geo': {{'country': country, 'city': city}},
        'traffic_source': {{'source': first_channel, 'medium': '(none)'}},
        'stream_id': '4711',
        'platform': 'WEB',
        'collected_traffic_source': case when medium <> '(none)' then {{
            'manual_source': source, 'manual_medium': medium, 'manual_campaign_name': campaign,
            'gclid': gclid}} end,
        'session_traffic_source_last_click': case when day >= $more then {{
            'manual_campaign': {{'source': source, 'medium': medium, 'campaign_name': campaign}}
        }} end,
        'batch_event_index': case when day >= $more then place::varchar end
    }}))::varchar as line
    from events order by day, time_us, id
"""  # noqa: S608 - names of our own


def shards(world: World, events: Columns) -> Columns:
    """Return which files there are by now; `files` writes them."""
    days: dict[str, int] = {}
    for day in events["day"].tolist():
        days[day] = days.get(day, 0) + 1
    found: list[tuple[str, str, str, int]] = []
    for day in sorted(days):
        found.extend((_name(world, day, kind), day, kind, days[day]) for kind in _kinds(world, day))
    columns = list(zip(*found, strict=True)) or [()] * 4
    return dict(zip(("file", "day", "kind", "events"), map(list, columns), strict=True))


def _age(world: World, day: str) -> int:
    return (world.until - datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).date()).days


def _place(world: World, day: str) -> int:
    return (datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).date() - world.start).days


def _kinds(world: World, day: str) -> Sequence[str]:
    age = _age(world, day)
    if age <= 1:
        return ("intraday",)
    # it is deleted some hours after the day's own is complete
    return ("daily", "intraday") if age == 2 else ("daily",)


def _name(world: World, day: str, kind: str) -> str:
    table = f"events_{'intraday_' if kind == 'intraday' else ''}{day}"
    if kind == "daily" and _place(world, day) < _PARQUET_DAYS:
        return f"{table}.parquet"
    if kind == "daily" and _place(world, day) < _AVRO_DAYS:
        return f"{table}.avro.jsonl"
    return f"{table}.jsonl.gz"


def files(world: World, events: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the path and content of each file of the export; the same events give the same bytes.

    Args:
        world: Tells what is complete by now.
        events: The file of the table ``ga4/events``.
    """
    more = (world.start + timedelta(days=_MORE_COLUMNS_DAYS)).strftime("%Y%m%d")
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.from_parquet(str(events)).create_view("events")
        lines = connection.execute(_LINES, {"more": more}).to_arrow_table()
    written: dict[str, list[str]] = {}
    for day, event, line in zip(
        *(lines.column(name).to_pylist() for name in ("day", "id", "line")), strict=True
    ):
        kept = written.setdefault(day, [])
        kept.append(line)
        if int(event[:8], 16) % _EVERY == 0:
            kept.append(line)
    for day, kept in written.items():
        for kind in _kinds(world, day):
            name = _name(world, day, kind)
            yield f"{FOLDER}/{name}", _spelled(name, kept)


def _spelled(name: str, lines: Sequence[str]) -> bytes:
    if name.endswith(".parquet"):
        out = io.BytesIO()
        rows = [_numbers(json.loads(line)) for line in lines]
        pq.write_table(pa.Table.from_struct_array(pa.array(rows)), out, compression="zstd")
        return out.getvalue()
    if ".avro." in name:
        rows = [_avro(json.loads(line)) for line in lines]
        return "".join(tables.as_json(row) + "\n" for row in rows).encode()
    return gzip.compress("".join(line + "\n" for line in lines).encode(), 1, mtime=0)


def _numbers(value: Any, name: str = "") -> Any:
    """Return a record with its whole numbers as numbers, as Parquet holds them."""
    if isinstance(value, dict):
        return {key: _numbers(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return int(value) if name in _INTEGERS and value is not None else value


def _avro(value: Any, name: str = "") -> Any:
    """Return a record as Avro's JSON encoding has it: what may be null says of which type it is."""
    if isinstance(value, dict):
        inner = {key: _avro(item, key) for key, item in value.items()}
        return {f"Root.{name.title()}": inner} if name in _RECORDS else inner
    if isinstance(value, list):
        return [_avro(item) for item in value]
    if value is None:
        return None
    return {"long": int(value)} if name in _INTEGERS else {"string": value}
