"""Times outside of a sane window are quarantined in every source, and days of nothing are refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import KetteError
from ingestion.loading import run as loading
from ingestion.loading.gate import Gate
from ingestion.registry import REGISTRY
from ingestion.toolkit.source import Chapter
from tests.ingestion.fakes import stream

if TYPE_CHECKING:
    from ingestion.toolkit.source import Stream

TIMES = {"timestamp", "date"}
# the pages of files are judged in their reader, and so are those of bulk exports
STREAMS = [
    pytest.param(each, id=f"{load.source} {each.name}")
    for load in REGISTRY
    for each in load.streams
    if load.source != "files" and not each.bulk and TIMES & set(each.columns.values())
]
SOUND: dict[str, Any] = {
    "text": "a",
    "json": {},
    "bigint": 1,
    "double": 1.0,
    "bool": True,
    "decimal": 1,
    "timestamp": datetime(2026, 5, 1, 12, tzinfo=UTC),
    "date": date(2026, 5, 1),
}


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTE_TODAY", "2026-06-01")


def refused(of: Stream, record: dict[str, Any]) -> list[str]:
    """Return why a record does not pass the gate."""
    chapter = Chapter()
    list(Gate(of).tables(iter([[record]]), lambda: chapter, "1700000000.5"))
    return [reject.reason for reject in chapter.rejects]


@pytest.mark.parametrize("each", STREAMS)
def test_a_time_outside_the_window_is_quarantined(
    each: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the real day counts where it is later than the one that is set
    monkeypatch.setenv("KETTE_TODAY", "2100-06-01")
    sound = {name: SOUND[kind] for name, kind in each.columns.items()}
    assert refused(each, sound) == []
    for name, kind in each.columns.items():
        if kind in TIMES:
            far = [datetime(25, 12, 31, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)]
            for moment in far:
                value = moment.date() if kind == "date" else moment
                (reason,) = refused(each, {**sound, name: value})
                assert reason.startswith(f"{name}: ")
            soon = datetime(2101, 1, 1, tzinfo=UTC)
            value = soon.date() if kind == "date" else soon
            assert bool(refused(each, {**sound, name: value})) == (name not in each.planned)


def test_what_came_in_after_the_day_that_is_set_as_today_is_no_slip() -> None:
    received = datetime.now(UTC).isoformat()
    assert (
        refused(stream([], columns={"id": "text", "at": "timestamp"}), {"id": "1", "at": received})
        == []
    )


@pytest.mark.parametrize(
    ("day", "reasons"),
    [
        ("1990-01-01", []),
        ("1989-12-31", ["day: before 1990-01-01 (KETTE_EARLIEST)"]),
        ("2100-06-08", []),
        ("2100-06-09", ["day: more than 7 days ahead (KETTE_DAYS_AHEAD)"]),
    ],
)
def test_the_window_begins_and_ends_with_a_day(
    day: str, reasons: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KETTE_TODAY", "2100-06-01")
    assert (
        refused(stream([], columns={"id": "text", "day": "date"}), {"id": "1", "day": day})
        == reasons
    )


@pytest.mark.parametrize(
    ("first", "last", "what"),
    [
        ("2026-05-01", "2026-01-01", "--from 2026-05-01 lies after --to 2026-01-01"),
        ("2026-06-03", None, "lies ahead"),
        ("0026-05-01", None, "lies before 1990-01-01"),
        (None, "2026-05-01", "--to alone"),
    ],
)
def test_days_of_which_nothing_can_be_loaded_are_refused(
    first: str | None, last: str | None, what: str
) -> None:
    days = [date.fromisoformat(day) if day else None for day in (first, last)]
    with pytest.raises(KetteError, match=what):
        loading.run(REGISTRY[0], *days)
