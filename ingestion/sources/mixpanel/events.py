"""Mixpanel's raw export: ranges of days through DuckDB to Arrow as they arrive, replaced by day.

Duplicates are dropped here as the vendor's own compaction eventually does. Of several records with the
same (event, distinct id at ingest, ``$insert_id``) on one day, the last processed stays, even if their
``time`` differs. Records without ``$insert_id`` are duplicates only if they are equal in every field.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from ingestion.control.suppression import hashes_in_sql
from ingestion.records import window
from ingestion.sources.mixpanel import windows
from ingestion.toolkit.bulk_rows import parse
from ingestion.toolkit.source import Kept, Page, Reader, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ingestion.toolkit.rows import Rows

END_UNPROVEN = (
    "no length came with the export: had it been cut at the end of a line, it would look the same"
)

# One look at each line. A list of paths is parsed once, and texts come out without a second look.
# distinct_id may be rewritten after a login: the key holds the id at ingest, as it was sent, and
# of the properties, where these have to tell events apart, what is never rewritten.
# Nobody who forges a key gains by it: md5 is enough, and takes a third of the time of sha256.
_FIELDS = """
    with parsed as (
        select line, json_extract_string(line, [
            '$.event', '$.properties.time', '$.properties.distinct_id', '$.properties."$insert_id"',
            '$.properties."$distinct_id_before_identity"', '$.properties."$device_id"',
            '$.properties."$user_id"', '$.properties.mp_processing_time_ms',
            '$.properties."$mp_api_timestamp_ms"', '$.properties',
            '$.properties."$preshuffle_distinct_id"'
        ]) as found
        from lines
    ), named as (
        select
            line,
            found[1] as event,
            case when left(found[1], 1) in ('{{', '[') then json_type(line, '$.event') end
                as event_kind,
            case when not contains(found[2], '_') then try_cast(found[2] as double) end as time_ms,
            nullif(found[3], '') as distinct_id,
            nullif(found[4], '') as insert_id,
            coalesce(nullif(found[5], ''), nullif(found[11], '')) as distinct_id_before,
            nullif(found[6], '') as device_id,
            nullif(found[7], '') as user_id,
            try_cast(found[8] as bigint) as processed_ms,
            try_cast(found[9] as bigint) as received_ms,
            found[10] as properties
        from parsed
    ), timed as (
        select
            *,
            coalesce(distinct_id_before, distinct_id, device_id, user_id) as ingest_id,
            case
                when coalesce(trim(event), '') = '' then 'the event has no name'
                when event_kind in ('OBJECT', 'ARRAY') then 'the name of the event is no text'
                when time_ms is null then 'the event has no time'
                when time_ms not between 0 and {latest_ms} then 'the time is none'
                {outside}
            end as reason,
            make_timestamp(case when reason is null then time_ms * 1000 end::bigint) as clock_at
        from named
    )
    select
        case when reason is null then md5(concat_ws(
            chr(31), {project_id}, event, coalesce(ingest_id, ''), time_ms::bigint,
            coalesce(insert_id, json_merge_patch(properties, '{rewritten}')::varchar)
        )) end as event_key,
        event,
        {occurred_at} as occurred_at,
        clock_at::date as export_date,
        distinct_id,
        insert_id,
        make_timestamp(processed_ms * 1000) at time zone 'UTC' as processed_at,
        properties,
        case
            when insert_id is null then hash(event_key)
            else hash(event, ingest_id, insert_id, export_date)
        end as same_hash,
        coalesce(processed_ms, 0) as processed_ms,
        {is_suppressed} as is_suppressed,
        reason,
        case when reason is not null then line end as line
    from timed
"""
_UTC = "clock_at at time zone 'UTC'"
# The clock shows one hour twice in autumn. DuckDB takes the second; the first is meant where the
# second would lie after the vendor's receipt.
_PROJECT = """
    case
        when received_ms < epoch_ms(clock_at at time zone '{zone}') - 60000
            and (clock_at at time zone '{zone}' - interval 1 hour) at time zone '{zone}' = clock_at
        then clock_at at time zone '{zone}' - interval 1 hour
        else clock_at at time zone '{zone}'
    end
"""
# wherever an event names a person: as sent, before it was rewritten, or in what ties two ids
_SUPPRESSED = """
    coalesce(list_has_any(
        flatten(list_transform(
            list_concat(
                json_extract_string(properties, [
                    '/distinct_id', '/$distinct_id_before_identity', '/$preshuffle_distinct_id',
                    '/mp_original_distinct_id', '/$device_id', '/$user_id', '/$identified_id',
                    '/$anon_id', '/alias'
                ]),
                json_extract_string(properties, '$."$distinct_ids"[*]')
            ),
            lambda id: {hashes}
        )),
        (select list(hash) from suppressed)
    ), false)
"""
REWRITTEN = """{
    "distinct_id": null, "$distinct_id_before_identity": null,
    "$preshuffle_distinct_id": null, "$is_reshuffled": null
}"""
LATEST_MS = 32_503_680_000_000  # the year 3000


def _select(reader: Reader) -> str:
    settings = reader.settings
    zone = settings.zone
    return _FIELDS.format(
        project_id=int(settings.project_id),
        latest_ms=LATEST_MS,
        outside=window.epoch_cases("time_ms", 1_000),
        rewritten=REWRITTEN,
        occurred_at=_PROJECT.format(zone=zone.key) if zone else _UTC,
        is_suppressed=_SUPPRESSED.format(hashes=hashes_in_sql("trim(id)", reader.suppressions))
        if reader.suppressions
        else "false",
    )


def _read(reader: Reader) -> Iterator[Rows]:
    plan = windows.Plan(reader)
    for number, (first, last) in enumerate(plan):
        if number:
            reader.checkpoint()
        reader.window(first, last)
        rows = _window(reader, first, last)
        if rows:
            yield rows
        reader.covered(*_days(first, last))
        plan.done(first, last, int(rows.kept.sum()) if rows else 0)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _window(reader: Reader, first: date, last: date) -> Rows | None:
    """Return the events of a range of days, parsed as they arrive."""
    reader.progress(f"mixpanel: events of {first} to {last}")
    before = reader.mark()

    def parsed(pieces: Iterator[bytes]) -> Rows | None:
        # what was counted of an answer that broke off comes again
        reader.back_to(before)
        return _parse(reader, pieces)

    answer = reader.client.get(
        "api/2.0/export",
        {
            "project_id": reader.settings.project_id,
            "from_date": first.isoformat(),
            "to_date": last.isoformat(),
            # whole seconds would leave the order within a session to chance
            "time_in_ms": "true",
        },
        stream_to=parsed,
    )
    if not answer.has_end:
        reader.note(END_UNPROVEN)
    rows: Rows | None = answer.value
    if rows:
        rows.kept = _newest(rows.keys)
        reader.deduped(int(len(rows.kept) - rows.kept.sum()))
    return rows


def reread(reader: Reader, kept: Kept) -> Iterator[Page]:
    """Yield the event of a line that was refused before, where it is sound now."""
    if rows := _parse(reader, [kept.payload + b"\n"]):
        # the replay counts what it is given
        reader.seen(-len(rows.kept))
        yield from rows.batches()


def _parse(reader: Reader, pieces: Iterable[bytes]) -> Rows | None:
    """Return the events that pass the gate, with what tells duplicates among them apart."""
    keys = {"same_hash": "u8", "processed_ms": "i8"}
    return parse(
        pieces, _select(reader), reader, EXPORT_EVENTS, name="mixpanel.export_events", keys=keys
    )


def _newest(keys: np.ndarray) -> np.ndarray:
    """Return which events stay: of duplicates the last processed, of those the last in line."""
    order = np.lexsort((keys["processed_ms"], keys["same_hash"]))
    same = keys["same_hash"][order]
    is_last = np.ones(len(keys), dtype=bool)
    is_last[:-1] = same[1:] != same[:-1]
    kept = np.zeros(len(keys), dtype=bool)
    kept[order[is_last]] = True
    return kept


EXPORT_EVENTS = Stream(
    name="export_events",
    primary_key=("event_key",),
    required=("event", "occurred_at", "export_date"),
    columns={
        "event_key": "text",
        "event": "text",
        "occurred_at": "timestamp",
        "export_date": "date",
        "distinct_id": "text",
        "insert_id": "text",
        "processed_at": "timestamp",
        "properties": "json",
    },
    description="An event as the export counts it, replaced by day",
    read=_read,
    newest_by="processed_at",
    replace_by="export_date",
    guarded=True,
    bulk=True,
    reread=reread,
)
