"""The events of the export: groups of shards through DuckDB to Arrow, replaced by day.

An event has no id of its own. Its key is made of everything that tells events apart; events that are
equal as a whole were written twice and are dropped, others with the same key are numbered.

Who did not consent is nobody: of such a row neither ids nor the site's own parameters are kept.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.bulk import Lines
from ingestion.guard import mapped, temporary
from ingestion.sources.ga4.shards import Plan
from ingestion.sources.ga4.spelling import write_lines
from ingestion.stream import Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from ingestion.sources.ga4.shards import Shard
    from ingestion.stream import Page

BATCH_ROWS = 122_880
LATEST_US = 32_503_680_000_000_000  # the year 3000
# what Google's own tag says of a visit, whoever it is; all else is the site's word
OWN_PARAMETERS = (
    "page_location", "page_referrer", "page_title", "engagement_time_msec", "session_engaged",
    "entrances", "source", "medium", "campaign", "term", "content", "gclid", "debug_mode",
)  # fmt: skip

_FIELDS = """
    with parsed as (
        select line, json_extract(line, [
            '$.event_name', '$.event_timestamp', '$.event_date', '$.user_pseudo_id', '$.user_id',
            '$.privacy_info.analytics_storage', '$.stream_id', '$.event_bundle_sequence_id',
            '$.batch_page_id', '$.batch_ordering_id', '$.batch_event_index', '$.event_params'
        ]) as found
        from lines
    ), named as (
        select
            line,
            nullif(trim(found[1] ->> '$'), '') as event_name,
            json_type(found[1]) as name_kind,
            try_cast(found[2] ->> '$' as bigint) as time_us,
            try_strptime(found[3] ->> '$', '%Y%m%d')::date as event_date,
            nullif(trim(found[4] ->> '$'), '') as cookie,
            nullif(trim(found[5] ->> '$'), '') as person,
            coalesce(lower(found[6] ->> '$') = 'no', false) as is_denied,
            concat_ws(
                chr(31), found[7] ->> '$', found[8] ->> '$', found[9] ->> '$', found[10] ->> '$',
                found[11] ->> '$', found[12]::varchar
            ) as rest,
            found[12] as params
        from parsed
    ), judged as (
        select
            named.*,
            days.shard,
            case
                when named.event_name is null then 'the event has no name'
                when name_kind in ('OBJECT', 'ARRAY') then 'the name of the event is no text'
                when time_us is null then 'the event has no time'
                when time_us not between 0 and {latest_us} then 'the time is none'
                when days.shard is null then 'the event is of another day than its shard'
            end as reason
        from named
        left join days on named.event_date = days.day
    )
    select
        case when reason is null then md5(concat_ws(
            chr(31), event_date, coalesce(cookie, ''), time_us, event_name, rest
        )) end as event_key,
        event_name,
        make_timestamp(case when reason is null then time_us end) at time zone 'UTC' as occurred_at,
        event_date,
        case when not is_denied then cookie end as user_pseudo_id,
        case when not is_denied then person end as user_id,
        shard,
        case
            when is_denied then json_merge_patch(line, json_object(
                'user_id', null, 'user_pseudo_id', null, 'user_properties', null,
                'event_params', list_filter(
                    from_json(params, '["JSON"]'),
                    lambda pair: (pair ->> '$.key') in ({own})
                )
            ))::varchar
            else rtrim(line, chr(10))
        end as payload,
        hash(event_key) as same_hash,
        hash(rtrim(line, chr(10))) as line_hash,
        {is_suppressed} as is_suppressed,
        reason,
        case when reason is not null then line end as line
    from judged
"""
_SUPPRESSED = " or ".join(
    f"coalesce(sha256(lower({name})) in (from suppressed), false)" for name in ("cookie", "person")
)


def _select(reader: Reader) -> str:
    return _FIELDS.format(
        latest_us=LATEST_US,
        own=", ".join(f"'{name}'" for name in OWN_PARAMETERS),
        is_suppressed=_SUPPRESSED if reader.suppressions else "false",
    )


def _read(reader: Reader) -> Iterator[Page]:
    if not reader.settings.export_folder:
        reader.note("no export folder is set")
        return
    plan = Plan(reader)
    for number, group in enumerate(plan):
        if number:
            reader.checkpoint()
        reader.window(group[0].day, group[-1].day)
        # before it is read: what changes meanwhile is read again
        prints = {shard.name: shard.print() for shard in group}
        yield from _group(reader, group)
        reader.covered(*(shard.day for shard in group))
        plan.done(group, prints)


def _group(reader: Reader, group: list[Shard]) -> Iterator[pa.RecordBatch]:
    """Yield the events of some shards, which are read and parsed whole before the first."""
    reader.progress(f"ga4: events of {group[0].day} to {group[-1].day}")
    with temporary("ga4.parsed.arrow") as rows:
        with temporary("ga4.export.jsonl") as lines:
            write_lines(group, lines)
            keys = _parse(reader, group, lines, rows)
        if keys is None:
            return
        place = _places(keys)
        reader.deduped(int((place < 0).sum()))
        yield from _told_apart(rows, place)


def _parse(reader: Reader, group: list[Shard], lines: Path, rows: Path) -> np.ndarray | None:
    """Write the events that pass the gate; return what tells repeats among them apart."""
    keys: list[np.ndarray] = []
    writer: pa.RecordBatchFileWriter | None = None
    with (
        closing(duckdb.connect()) as connection,
        pa.OSFile(str(rows), "wb") as file,
        # written while the next block is parsed
        ThreadPoolExecutor(1) as behind,
    ):
        written: Future[None] | None = None
        connection.execute("set TimeZone = 'UTC'")
        hashes = pa.array(sorted(reader.suppressions), pa.string())
        connection.register("suppressed", pa.table({"hash": hashes}))
        days = {"day": [shard.day for shard in group], "shard": [shard.name for shard in group]}
        connection.register("days", pa.table(days))
        for table in Lines(lines, _select(reader), reader, connection).tables():
            good = _passing(reader, table)
            key = np.empty(good.num_rows, dtype=[("same", "u8"), ("line", "u8")])
            key["same"] = good.column("same_hash").to_numpy()
            key["line"] = good.column("line_hash").to_numpy()
            keys.append(key)
            good = good.select(list(EVENTS.columns))
            writer = writer or pa.ipc.new_file(file, good.schema)
            if written:
                written.result()
            written = behind.submit(writer.write_table, good, max_chunksize=BATCH_ROWS)
        if writer and written:
            written.result()
            writer.close()
    return np.concatenate(keys) if keys else None


def _passing(reader: Reader, table: pa.Table) -> pa.Table:
    """Return the events of a block without those that are quarantined or suppressed."""
    if table.column("reason").null_count < table.num_rows:
        bad = table.filter(pc.is_valid(table.column("reason")))
        reader.seen(-bad.num_rows)
        for row in bad.select(["line", "reason"]).to_pylist():
            reader.reject(row["line"].rstrip("\n"), row["reason"])
        table = table.filter(pc.is_null(table.column("reason")))
    if reader.suppressions:
        whole = table.num_rows
        table = table.filter(pc.invert(table.column("is_suppressed")))
        reader.suppressed(whole - table.num_rows)
    return table


def _places(keys: np.ndarray) -> np.ndarray:
    """Number the events of one key from 0; -1 for those that are equal to one before."""
    order = np.lexsort((keys["line"], keys["same"]))
    ranked = keys[order]
    is_new_key = np.ones(len(keys), dtype=bool)
    is_new_key[1:] = ranked["same"][1:] != ranked["same"][:-1]
    is_new = is_new_key.copy()
    is_new[1:] |= ranked["line"][1:] != ranked["line"][:-1]
    counted = np.cumsum(is_new) - 1
    first = np.maximum.accumulate(np.where(is_new_key, counted, 0))
    place = np.empty(len(keys), dtype=np.int64)
    place[order] = np.where(is_new, counted - first, -1)
    return place


def _told_apart(rows: Path, places: np.ndarray) -> Iterator[pa.RecordBatch]:
    at = 0
    for batch in mapped(rows):
        place = places[at : at + batch.num_rows]
        at += batch.num_rows
        kept = batch if (place >= 0).all() else batch.filter(pa.array(place >= 0))
        place = place[place >= 0]
        if place.any():
            numbered = pc.binary_join_element_wise(
                kept.column("event_key"), pa.array(place).cast(pa.string()), "-"
            )
            keys = pc.if_else(pa.array(place > 0), numbered, kept.column("event_key"))
            index = kept.schema.get_field_index("event_key")
            kept = kept.set_column(index, kept.schema.field(index), keys)
        yield kept


EVENTS = Stream(
    name="events",
    primary_key=("event_key",),
    columns={
        "event_key": "text",
        "event_name": "text",
        "occurred_at": "timestamp",
        "event_date": "date",
        "user_pseudo_id": "text",
        "user_id": "text",
        "shard": "text",
        "payload": "json",
    },
    description="An event as the export's shards hold it, replaced by the property's day",
    read=_read,
    replace_by="event_date",
    guarded=True,
    bulk=True,
)
