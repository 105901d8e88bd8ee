"""The Data API's daily figures by channel and medium, to compare the export with.

They are what the vendor shows: modelled if people did not consent, with small rows hidden and many
rows combined as "(other)". A day is read again for weeks, because key events are added to past days.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from ingestion.errors import IncompleteAnswerError, KetteError, ResumeLaterError
from ingestion.toolkit.source import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Page, Reader

DIMENSIONS = ("date", "sessionDefaultChannelGroup", "sessionMedium")
METRICS = ("sessions", "totalUsers", "eventCount", "keyEvents")
PAGE_ROWS = 100_000
# a commit costs more than a request
MONTHS_PER_COMMIT = 36
LAST_DAY = "last_day"
ONE_DAY = timedelta(days=1)
TOO_MANY = 429


def _read(reader: Reader) -> Iterator[Page]:
    if not reader.settings.property_id:
        reader.note("no property is set")
        return
    first, end = _span(reader)
    months = 0
    while first <= end:
        # what an answer says of sampling and hidden rows holds for all of its days: asked by the
        # month, a day says the same whenever it is read; and short ranges are sampled last
        last = min(_month_of(first)[1], end)
        if months and not months % MONTHS_PER_COMMIT:
            reader.checkpoint()
        reader.window(first, last)
        yield from _range(reader, first, last)
        days = (last - first).days + 1
        reader.covered(*(first + timedelta(days=number) for number in range(days)))
        if not reader.from_date:
            known = reader.state.get(LAST_DAY, "")
            reader.state[LAST_DAY] = max(known, last.isoformat())
        first, months = last + ONE_DAY, months + 1


def _span(reader: Reader) -> tuple[date, date]:
    """Return the first and last day to read; the running day's figures come later."""
    settings = reader.settings
    begin = settings.start_date
    if begin is None:
        raise KetteError(
            "the first day to load is not set",
            where="SOURCES__GA4__START_DATE",
            fix="Set it to the property's first day",
        )
    known = reader.state.get(LAST_DAY) if reader.known else None
    if known:
        again = date.fromisoformat(known) - timedelta(days=settings.report_lookback_days - 1)
        begin = max(begin, _month_of(again)[0])
    yesterday = reader.today - ONE_DAY
    return reader.from_date or begin, min(reader.to_date or yesterday, yesterday)


def _month_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of a day's month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def _range(reader: Reader, first: date, last: date) -> Iterator[Page]:
    reader.progress(f"ga4: report of {first} to {last}")
    seen = 0
    while True:
        found = _ask(reader, first, last, seen)
        rows, metadata = found.get("rows", []), found.get("metadata", {})
        total = int(found.get("rowCount", 0))
        if not rows and seen < total:
            raise IncompleteAnswerError(
                f"{seen} of {total} rows came",
                where="ga4 reports",
                fix="Run again later; what was loaded stays",
            )
        yield [_row(row, metadata) for row in rows]
        seen += len(rows)
        if metadata.get("samplingMetadatas"):
            reader.note("some days are answered from a sample")
        if seen >= total:
            return


def _ask(reader: Reader, first: date, last: date, offset: int) -> dict[str, Any]:
    path = f"properties/{reader.settings.property_id}:runReport"
    question = {
        "dateRanges": [{"startDate": first.isoformat(), "endDate": last.isoformat()}],
        "dimensions": [{"name": name} for name in DIMENSIONS],
        "metrics": [{"name": name} for name in METRICS],
        "orderBys": [{"dimension": {"dimensionName": name}} for name in DIMENSIONS],
        # 64-bit numbers are texts in this API's JSON
        "limit": str(PAGE_ROWS),
        "offset": str(offset),
        "returnPropertyQuota": True,
    }
    answer = reader.client.post(path, question, accept=(TOO_MANY,))
    if answer.status == TOO_MANY:
        if b"tokens" in answer.body:
            raise _used_up()
        # too many at once: the client waits and asks again
        answer = reader.client.post(path, question)
    found = answer.json()
    headers = [header["name"] for header in found.get("dimensionHeaders", [])]
    if found.get("rows") and headers != list(DIMENSIONS):
        raise IncompleteAnswerError(
            f"the report has the dimensions {headers}",
            where="ga4 reports",
            fix="Run again later; if it stays, the API has changed",
        )
    return dict(found)


def _used_up() -> ResumeLaterError:
    """Return what to raise where a quota of tokens is used up: there is more within the hour."""
    return ResumeLaterError(
        "the property's quota of tokens is used up (RESOURCE_EXHAUSTED)",
        where="ga4 reports",
        fix="Run again in an hour: what was loaded stays, and it goes on from there",
    )


def _row(row: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    """Return a row; what cannot be told stays as it is, for the gate to judge."""
    day, channel, medium = (each.get("value") for each in row["dimensionValues"])
    values = [each.get("value") for each in row["metricValues"]]
    text = str(day)
    is_day = len(text) == len("20260101") and text.isdigit()
    return {
        "report_date": f"{text[:4]}-{text[4:6]}-{text[6:]}" if is_day else day,
        "channel_group": channel,
        "medium": medium,
        **dict(zip(("sessions", "total_users", "event_count", "key_events"), values, strict=True)),
        "is_sampled": bool(metadata.get("samplingMetadatas")),
        "is_thresholded": bool(metadata.get("subjectToThresholding")),
        "has_other_row": bool(metadata.get("dataLossFromOtherRow")),
        "time_zone": metadata.get("timeZone"),
    }


REPORTS = Stream(
    name="report_days",
    primary_key=("report_date", "channel_group", "medium"),
    columns={
        "report_date": "date",
        "channel_group": "text",
        "medium": "text",
        "sessions": "bigint",
        "total_users": "bigint",
        "event_count": "bigint",
        "key_events": "double",
        "is_sampled": "bool",
        "is_thresholded": "bool",
        "has_other_row": "bool",
        "time_zone": "text",
    },
    description="What the Data API reports of a day by channel and medium",
    read=_read,
    replace_by="report_date",
    guarded=True,
)
