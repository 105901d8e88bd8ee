"""What is refused is kept, however much it is, and forgotten with a read that is repeated."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.loading.run import run
from ingestion.records import rejects
from ingestion.records.rejects import Reject, Rejects
from tests.ingestion.fakes import row, source, stream, switch_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Reader


def numbered(first: int, last: int) -> list[Reject]:
    """Return rejects of which none is as long as the next."""
    return [Reject(b"\n\xff" * number, "no\nreason", f"k{number}") for number in range(first, last)]


def filled(found: list[Reject]) -> Rejects:
    made = Rejects()
    for reject in found:
        made.append(reject)
    return made


@pytest.fixture(params=[(1_000, 1_000_000), (3, 1_000_000), (1_000, 20), (0, 0)])
def room(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejects, "MOST_IN_MEMORY", request.param[0])
    monkeypatch.setattr(rejects, "MOST_BYTES", request.param[1])


@pytest.mark.usefixtures("room")
def test_what_is_taken_in_comes_out_in_its_order_as_often_as_one_asks() -> None:
    made = filled(numbered(0, 10))
    assert len(made) == 10
    assert list(made) == list(made) == numbered(0, 10)


@pytest.mark.usefixtures("room")
def test_a_copy_is_gone_on_with_as_if_nothing_had_come_after_it() -> None:
    made = filled(numbered(0, 5))
    mark = copy.deepcopy(made)
    for attempt in (numbered(20, 40), numbered(50, 60)):
        again = copy.deepcopy(mark)
        for reject in attempt:
            again.append(reject)
        assert list(again) == [*numbered(0, 5), *attempt]
    assert list(mark) == numbered(0, 5)


def test_of_very_many_bad_records_each_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(monkeypatch)
    pages = [[row(number, moment="bad") for number in range(2_500)], [row(1), row(2, day="never")]]
    (result,) = run(source(stream(pages)))
    assert (result.seen, result.loaded, result.quarantined) == (2_502, 1, 2_501)
    kept = store.rows(sa.select(tables.quarantine.c.record_key, tables.quarantine.c.reason))
    assert len(kept) == 2_501
    assert {each["record_key"] for each in kept} == {str(number) for number in range(2_500)}
    assert sum(each["reason"] == "day: not a date" for each in kept) == 1


def test_what_a_repeated_read_refused_the_first_time_is_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    switch_on(monkeypatch)
    monkeypatch.setattr(rejects, "MOST_IN_MEMORY", 2)

    def read(reader: Reader) -> Iterator[Any]:
        for number in range(5):
            reader.reject(b"first %d" % number, "cut")
        mark = reader.mark()
        reader.reject(b"of a cut answer", "cut")
        reader.back_to(mark)
        reader.reject(b"of a whole answer", "bad")
        yield [row(1)]

    (result,) = run(source(stream(read)))
    assert (result.seen, result.quarantined) == (7, 6)
    kept = store.rows(sa.select(tables.quarantine).order_by(tables.quarantine.c.id))
    first = [b"first %d" % number for number in range(5)]
    assert [each["payload"] for each in kept] == [*first, b"of a whole answer"]
