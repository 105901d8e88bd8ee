"""The events of the export: groups of shards through DuckDB to Arrow, replaced by day.

An event has no id. Its key consists of everything that distinguishes events. Events that are equal in
every field were written twice and are dropped; others with the same key are numbered.

If a visitor did not consent, neither ids nor the site's own parameters are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.control.suppression import hashes_in_sql
from ingestion.http.decompression import pieces_of
from ingestion.records import window
from ingestion.sources.ga4.shards import Plan
from ingestion.sources.ga4.spelling import write_lines
from ingestion.toolkit.bulk_rows import parse
from ingestion.toolkit.source import Reader, Stream
from ingestion.toolkit.spool import temporary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.sources.ga4.shards import Shard
    from ingestion.toolkit.rows import Rows

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
            case
                when not contains(found[2] ->> '$', '_') then try_cast(found[2] ->> '$' as bigint)
            end as time_us,
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
                {outside}
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
_SUPPRESSED = """
    coalesce(list_has_any({cookie}, (select list(hash) from suppressed)), false)
    or coalesce(list_has_any({person}, (select list(hash) from suppressed)), false)
"""


def _select(reader: Reader) -> str:
    return _FIELDS.format(
        latest_us=LATEST_US,
        outside=window.epoch_cases("time_us", 1_000_000),
        own=", ".join(f"'{name}'" for name in OWN_PARAMETERS),
        is_suppressed=_is_suppressed(reader.suppressions) if reader.suppressions else "false",
    )


def _is_suppressed(suppressions: frozenset[str]) -> str:
    names = ("cookie", "person")
    return _SUPPRESSED.format(**{name: hashes_in_sql(name, suppressions) for name in names})


def _read(reader: Reader) -> Iterator[Rows]:
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
        if rows := _group(reader, group):
            yield rows
        reader.covered(*(shard.day for shard in group))
        plan.done(group, prints)


def _group(reader: Reader, group: list[Shard]) -> Rows | None:
    """Return the events of some shards, which are read and parsed whole."""
    reader.progress(f"ga4: events of {group[0].day} to {group[-1].day}")
    days = {"day": [shard.day for shard in group], "shard": [shard.name for shard in group]}
    with temporary("ga4.export.jsonl") as lines:
        write_lines(group, lines)
        with lines.open("rb") as file:
            rows = parse(
                pieces_of(file),
                _select(reader),
                reader,
                EVENTS,
                name="ga4.events",
                keys={"same_hash": "u8", "line_hash": "u8"},
                frames={"days": pa.table(days)},
            )
    if rows:
        places = _places(rows.keys)
        rows.kept = places >= 0
        reader.deduped(int((places < 0).sum()))
        rows.edit = lambda batch, numbers: _told_apart(batch, places[numbers])
    return rows


def _places(keys: np.ndarray) -> np.ndarray:
    """Number the events of one key from 0; -1 for those that are equal to one before."""
    order = np.lexsort((keys["line_hash"], keys["same_hash"]))
    ranked = keys[order]
    is_new_key = np.ones(len(keys), dtype=bool)
    is_new_key[1:] = ranked["same_hash"][1:] != ranked["same_hash"][:-1]
    is_new = is_new_key.copy()
    is_new[1:] |= ranked["line_hash"][1:] != ranked["line_hash"][:-1]
    counted = np.cumsum(is_new) - 1
    first = np.maximum.accumulate(np.where(is_new_key, counted, 0))
    place = np.empty(len(keys), dtype=np.int64)
    place[order] = np.where(is_new, counted - first, -1)
    return place


def _told_apart(batch: pa.RecordBatch, places: np.ndarray) -> pa.RecordBatch:
    """Number the events of one key, but for the first."""
    if not places.any():
        return batch
    numbered = pc.binary_join_element_wise(
        batch.column("event_key"), pa.array(places).cast(pa.string()), "-"
    )
    keys = pc.if_else(pa.array(places > 0), numbered, batch.column("event_key"))
    index = batch.schema.get_field_index("event_key")
    return batch.set_column(index, batch.schema.field(index), keys)


EVENTS = Stream(
    name="events",
    primary_key=("event_key",),
    required=("event_name", "occurred_at", "event_date"),
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
