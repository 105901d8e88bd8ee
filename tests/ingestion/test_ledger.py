"""The ledger: one row per package, closed whatever happens, and the quarantine beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.errors import KetteError
from ingestion.loading.run import run
from tests.ingestion.fakes import row, source, stream, switch_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Reader


@pytest.fixture(autouse=True)
def _on(monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(monkeypatch)


def ledger() -> list[dict[str, Any]]:
    rows = tables.load_ledger
    return store.rows(sa.select(rows).order_by(rows.c.id))


def kept() -> list[dict[str, Any]]:
    return store.rows(sa.select(tables.quarantine).order_by(tables.quarantine.c.id))


def test_every_record_is_accounted_for() -> None:
    def read(reader: Reader) -> Iterator[Any]:
        reader.window("2026-03-01", "2026-03-02")
        reader.window("2026-03-03", "2026-03-09")
        reader.note("one remark")
        reader.reject(b"no record", "not JSON")
        yield [row(1), row(2), row(1), row(3, id=None), row(4, payload={"x": float("nan")})]

    (result,) = run(source(stream(read)))
    (found,) = ledger()
    counts = ("seen", "loaded", "deduped", "quarantined", "suppressed", "cleaned")
    assert [found[name] for name in counts] == [6, 3, 1, 2, 0, 1]
    assert (found["window_from"], found["window_to"]) == ("2026-03-01", "2026-03-09")
    assert (found["status"], found["is_complete"], found["note"]) == ("loaded", True, "one remark")
    assert found["finished_at"] >= found["started_at"]
    assert (result.seen, result.loaded, result.window) == (6, 3, "2026-03-01 to 2026-03-09")


def test_a_load_without_records_is_a_load() -> None:
    (result,) = run(source(stream([])))
    assert (result.status, result.seen) == ("loaded", 0)
    assert [found["status"] for found in ledger()] == ["loaded"]


def test_a_failure_leaves_its_reason_and_what_was_seen() -> None:
    def read(_: Reader) -> Iterator[Any]:
        yield [row(number) for number in range(7)]
        raise KetteError("the vendor went away", where="fake things")

    with pytest.raises(KetteError):
        run(source(stream(read)))
    (found,) = ledger()
    assert (found["status"], found["seen"], found["loaded"]) == ("failed", 7, 0)
    assert "the vendor went away" in found["note"]


def test_each_package_has_a_row_and_the_result_adds_them_up() -> None:
    def read(reader: Reader) -> Iterator[Any]:
        yield [row(1), row(2)]
        reader.checkpoint()
        yield [row(3)]

    (result,) = run(source(stream(read)))
    assert [found["seen"] for found in ledger()] == [2, 1]
    assert len({found["load_id"] for found in ledger()}) == 2
    assert (result.seen, result.loaded) == (3, 3)


def test_a_load_belongs_to_the_newest_run_under_way() -> None:
    run_rows = [
        {"run_id": "older", "started_at": "2026-03-10 01:00:00.000000", "status": "running"},
        {"run_id": "newest", "started_at": "2026-03-10 03:00:00.000000", "status": "running"},
        {"run_id": "ended", "started_at": "2026-03-10 04:00:00.000000", "status": "succeeded"},
    ]
    with store.begin() as connection:
        for values in run_rows:
            connection.execute(
                sa.text(
                    "insert into runs (run_id, kind, mode, as_of, started_at, status)"
                    " values (:run_id, 'run', 'demo', '2026-03-10', :started_at, :status)"
                ),
                values,
            )
    run(source(stream([[row(1)]])))
    assert [found["run_id"] for found in ledger()] == ["newest"]


def test_a_bad_record_that_comes_again_is_kept_once_and_counted() -> None:
    load = source(stream([[row(1, id=None), row(2, id=" ")]]))
    run(load)
    run(load)
    assert [(found["times_seen"], found["reason"]) for found in kept()] == [
        (2, "id: the key is missing"),
        (2, "id: the key is missing"),
    ]
    assert {found["load_id"] for found in kept()} == {ledger()[-1]["load_id"]}


def test_a_bad_record_is_kept_also_when_the_load_fails() -> None:
    def read(_: Reader) -> Iterator[Any]:
        yield [row(1, id=None)]
        raise KetteError("the vendor went away")

    with pytest.raises(KetteError):
        run(source(stream(read)))
    assert len(kept()) == 1
