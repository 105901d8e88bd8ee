"""Out of quarantine: once through, never over something newer, and what stays bad stays there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.control.suppression import identifier_hash
from ingestion.errors import KetteError
from ingestion.loading import gate, replay
from ingestion.loading.run import run
from tests.ingestion.fakes import query, row, source, stream, switch_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Kept, Load, Reader

BAD = row(2, amount="twelve")


@pytest.fixture(autouse=True)
def _on(monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(monkeypatch)


def mend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the gate understand what it refused: the fix after which one replays."""
    monkeypatch.setitem(
        gate.CASTS,  # type: ignore[arg-type]  # a dictionary behind a read-only type
        "decimal",
        lambda value: (12, 0) if value == "twelve" else (value, 0),
    )


def amounts() -> dict[str, int]:
    return dict(query("select id, amount::int from raw_fake.things order by 1"))


def ledger() -> dict[str, Any]:
    (last,) = store.latest_ledger()
    names = ("seen", "loaded", "deduped", "quarantined", "suppressed", "status")
    return {name: last[name] for name in names}


def waiting() -> list[tuple[str, int]]:
    return [(each["reason"], each["record_count"]) for each in replay.waiting()]


def test_a_mended_record_is_loaded_once_and_leaves_the_quarantine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load = source(stream([[row(1), BAD]]))
    run(load)
    assert (amounts(), waiting()) == ({"1": 1}, [("amount: not a number", 1)])

    mend(monkeypatch)
    (result,) = replay.run(load)
    assert (result.loaded, result.refused, waiting()) == (1, 0, [])
    assert amounts() == {"1": 1, "2": 12}
    assert ledger() == {
        "seen": 1, "loaded": 1, "deduped": 0, "quarantined": 0, "suppressed": 0, "status": "loaded"
    }  # fmt: skip
    assert replay.run(load) == []
    assert amounts() == {"1": 1, "2": 12}


def test_what_is_refused_again_stays_and_is_accounted_for() -> None:
    load = source(stream([[row(1), BAD, row(None, id=" ")]]))
    run(load)
    before = waiting()
    (result,) = replay.run(load)
    assert (result.loaded, result.refused) == (0, 2)
    assert waiting() == before == [("amount: not a number", 1), ("id: the key is missing", 1)]
    assert (ledger()["seen"], ledger()["quarantined"]) == (2, 2)


def test_a_part_is_replayed_by_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    load = source(stream([[BAD, row(3, moment="soon")]]))
    run(load)
    mend(monkeypatch)
    (result,) = replay.run(load, reason="amount")
    assert (result.loaded, waiting()) == (1, [("moment: not a time", 1)])


@pytest.mark.parametrize(
    "changed", [{}, {"newest_by": "moment"}], ids=["by load", "by the newest version"]
)
def test_a_record_that_was_overtaken_is_not_put_over_the_newer_one(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any]
) -> None:
    pages: list[Any] = [[BAD]]
    load = source(stream(lambda _: iter(pages), **changed))
    run(load)
    pages[:] = [[row(2, "2026-03-02", amount=99)]]
    run(load)
    mend(monkeypatch)
    (result,) = replay.run(load)
    assert (result.loaded, result.outdated, waiting()) == (0, 1, [])
    assert amounts() == {"2": 99}


def test_what_a_later_listing_did_not_show_does_not_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages: list[Any] = [[row(1), BAD]]
    load = source(stream(lambda _: iter(pages), lists_everything=True))
    run(load)
    pages[:] = [[row(1)]]
    run(load)
    mend(monkeypatch)
    (result,) = replay.run(load)
    assert (result.outdated, amounts()) == (1, {"1": 1})


def test_nothing_else_of_a_replaced_day_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(reader: Reader) -> Iterator[Any]:
        yield [row(1), BAD, row(3)]
        reader.covered("2026-03-01")
        reader.state["at"] = 7

    load = source(stream(read, replace_by="day", guarded=True))
    run(load)
    mend(monkeypatch)
    replay.run(load)
    assert amounts() == {"1": 1, "2": 12, "3": 3}

    memory: dict[str, Any] = {}

    def look(reader: Reader) -> Iterator[Any]:
        memory.update(reader.state)
        yield []

    run(source(stream(look, replace_by="day", guarded=True)))
    assert memory == {"at": 7}, "a replay must not move the cursor"


def test_a_person_who_was_suppressed_since_stays_out(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = {**BAD, "payload": {"email": "a@example.test"}}
    load = source(stream([[bad]]))
    run(load)
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.suppressions).values(
                identifier_type="email",
                identifier_hash=identifier_hash("a@example.test"),
                suppressed_at=store.now(),
            )
        )
    mend(monkeypatch)
    (result,) = replay.run(load)
    assert (result.loaded, result.suppressed, amounts(), waiting()) == (0, 1, {}, [])
    assert ledger()["suppressed"] == 1


def _refusing(reader: Reader) -> Iterator[Any]:
    for text in ('{"id": "5"}', "no JSON at all"):
        reader.reject(text, "not understood")
    yield []


def _reread(reader: Reader, kept: Kept) -> Iterator[Any]:
    try:
        number = json.loads(kept.payload)["id"]
    except ValueError:
        reader.reject(kept.payload, "not understood")
        return
    yield [row(number)]


def test_a_source_reads_again_what_it_had_refused_itself() -> None:
    load = source(stream(_refusing, reread=_reread))
    run(load)
    (result,) = replay.run(load)
    assert (result.loaded, result.refused, waiting()) == (1, 1, [("not understood", 1)])
    assert amounts() == {"5": 5}
    assert (ledger()["seen"], ledger()["loaded"], ledger()["quarantined"]) == (2, 1, 1)


@pytest.mark.parametrize(
    ("again", "told"),
    [
        ("", "`kette load fake --from DATE`, a day before it was made, asks for it again."),
        ("Mend the file", "Mend the file."),
    ],
)
def test_what_cannot_be_replayed_stays_and_it_is_said_why_and_what_to_do(
    again: str, told: str
) -> None:
    load = source(stream(_refusing), again=again)
    run(load)
    (result,) = replay.run(load)
    assert (result.unreadable, result.loaded) == (2, 0)
    # once, however many records of the same reason there are
    kept = "not understood: it is kept as it was sent, and no row can be made of that alone. "
    assert result.why == (kept + told,)
    assert waiting() == [("not understood", 2)]


def test_a_record_that_was_too_large_to_be_kept_whole_is_said_to_be() -> None:
    load = source(stream([[row(1, payload={"text": "x" * 1_100_000})]]))
    run(load)
    (result,) = replay.run(load)
    assert result.unreadable == 1
    assert "it was too large to be kept whole. `kette load fake --from DATE`" in result.why[0]


def test_lists_point_to_a_record_and_never_show_a_value() -> None:
    load: Load = source(stream([[row(1, amount="a secret amount")]]))
    run(load)
    (found,) = replay.waiting("fake", "things", "NOT A NUMBER")
    assert "secret" not in str(found)
    assert replay.waiting("fake", "things", "moment") == replay.waiting("other") == []
    assert b"a secret amount" in replay.record(found["first_id"])["payload"]
    with pytest.raises(KetteError, match="no such record"):
        replay.record(found["first_id"] + 1)
