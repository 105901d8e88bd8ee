"""What every load goes through: merged by key, exact by slice, accounted for, one failure at a time."""

from __future__ import annotations

import re
import traceback
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from ingestion.control import store, suppression, tables
from ingestion.errors import (
    KetteError,
    LedgerError,
)
from ingestion.loading import gate
from ingestion.loading.run import prepare_warehouse, run
from ingestion.settings import settings
from tests.ingestion.fakes import query, row, source, stream, switch_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Reader


@pytest.fixture(autouse=True)
def _on(monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(monkeypatch)


def statuses() -> list[str]:
    rows = tables.load_ledger
    return [found["status"] for found in store.rows(sa.select(rows).order_by(rows.c.id))]


def test_rows_arrive_with_their_types_and_values() -> None:
    run(source(stream([[row(7, payload={"name": "Jürgen 👩‍🚀", "list": [1, {"a": None}]})]])))
    found = query(
        "select id, day, moment, amount, payload, typeof(moment), typeof(payload) from raw_fake.things"
    )
    assert found == [
        (
            "7",
            date(2026, 3, 1),
            datetime(2026, 3, 1, 12, tzinfo=UTC),
            Decimal("7.0000"),
            '{"name":"Jürgen 👩‍🚀","list":[1,{"a":null}]}',
            "TIMESTAMP WITH TIME ZONE",
            "JSON",
        )
    ]


def test_a_second_run_changes_nothing_but_the_load_id() -> None:
    load = source(stream([[row(1), row(2)], [row(3)]]))
    everything = "select * exclude (_dlt_load_id, _dlt_id) from raw_fake.things order by id"
    run(load)
    first = query(everything)
    run(load)
    assert query(everything) == first
    assert len(first) == 3


def test_rows_and_arrow_fill_the_same_table_and_one_made_before() -> None:
    table = pa.table(
        {
            "id": ["9"],
            "day": [date(2026, 3, 2)],
            "moment": [datetime(2026, 3, 2, tzinfo=UTC)],
            "amount": pa.array([Decimal("1.5000")], gate.ARROW_TYPES["decimal"]),
            "payload": ['{"a": 1}'],
        }
    )

    def mixed(reader: Reader) -> Iterator[Any]:
        yield [row(1)]
        reader.seen(1)
        yield table

    load = source(stream(mixed))
    prepare_warehouse([load])
    assert query("select count(*) from raw_fake.things") == [0]
    run(load)
    run(source(stream([[row(2)]])))
    assert query("select id from raw_fake.things order by id") == ["1", "2", "9"]


@pytest.mark.parametrize("newest_first", [True, False], ids=["newest first", "newest last"])
def test_of_several_versions_in_one_load_the_newest_stays(newest_first: bool) -> None:
    old = row(1, moment="2026-03-01T10:00:00+00:00", payload={"version": "old"})
    new = row(1, moment="2026-03-01T11:00:00+00:00", payload={"version": "new"})
    pages = [[new], [old]] if newest_first else [[old], [new]]
    (result,) = run(source(stream(pages, newest_by="moment")))
    assert query("select payload ->> 'version' from raw_fake.things") == ["new"]
    assert (result.seen, result.loaded, result.deduped) == (2, 1, 1)


def test_without_a_measure_of_newness_the_version_read_last_stays() -> None:
    pages = [[row(1, payload={"version": number}) for number in range(50)]]
    run(source(stream(pages)))
    assert query("select payload ->> 'version' from raw_fake.things") == ["49"]


def test_an_update_changes_the_stored_row() -> None:
    run(source(stream([[row(1), row(2)]])))
    run(source(stream([[row(2, amount=99)]])))
    assert query("select id, amount::int from raw_fake.things order by id") == [("1", 1), ("2", 99)]


def test_bad_records_are_kept_aside_and_the_rest_is_loaded() -> None:
    bad: list[Any] = [row(0, id=None), row(0, id="  "), row(1, payload={"a": "\ud800"}), "text"]
    (result,) = run(source(stream([[row(1), *bad, row(2)]])))
    assert (result.seen, result.loaded, result.quarantined) == (6, 2, 4)
    assert query("select id from raw_fake.things order by id") == ["1", "2"]
    assert sum(found["record_count"] for found in store.quarantine_counts()) == 4


def test_a_covered_slice_is_replaced_and_an_empty_one_is_cleared() -> None:
    def first(reader: Reader) -> Iterator[Any]:
        yield [
            row(1, "2026-03-01"),
            row(2, "2026-03-02"),
            row(3, "2026-03-03"),
            row(4, "2026-03-03"),
        ]
        reader.covered("2026-03-01", "2026-03-02", date(2026, 3, 3))

    def second(reader: Reader) -> Iterator[Any]:
        yield [row(4, "2026-03-03"), row(5, "2026-03-04")]
        reader.covered(date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4))

    run(source(stream(first, replace_by="day")))
    run(source(stream(second, replace_by="day")))
    assert query("select id, day::varchar from raw_fake.things order by id") == [
        ("1", "2026-03-01"),
        ("4", "2026-03-03"),
        ("5", "2026-03-04"),
    ]


def test_a_slice_that_was_not_covered_loses_nothing() -> None:
    run(source(stream([[row(1), row(2)]], replace_by="day")))
    run(source(stream([[row(3)]], replace_by="day")))
    assert query("select id from raw_fake.things order by id") == ["1", "2", "3"]


def listings() -> list[Any]:
    return query(
        "select stream, load_id = (select max_by(_dlt_load_id, _dlt_load_id::double)"
        " from raw_fake.things) from kette.complete_listings"
    )


def test_a_full_listing_is_noted_with_its_load_so_that_what_it_lacks_is_gone() -> None:
    load = source(stream([[row(1), row(2)]], lists_everything=True))
    run(load)
    run(source(stream([[row(2)]], lists_everything=True)))
    assert listings() == [("things", True)]
    gone = (
        "select id from raw_fake.things, kette.complete_listings"
        " where _dlt_load_id::double < load_id::double"
    )
    assert query(gone) == ["1"]


def test_a_partial_read_is_no_listing() -> None:
    def read(reader: Reader) -> Iterator[Any]:
        reader.partial()
        yield [row(2)]

    run(source(stream([[row(1), row(2)]], lists_everything=True)))
    run(source(stream(read, lists_everything=True)))
    assert listings() == [("things", False)]


def test_an_empty_listing_is_believed_only_when_it_comes_twice() -> None:
    run(source(stream([[row(1)]], lists_everything=True)))
    empty = source(stream([], lists_everything=True))
    (result,) = run(empty)
    assert (result.status, listings()) == ("held", [("things", True)])
    assert "0 rows came, 1 are stored" in result.note
    (result,) = run(empty)
    assert (result.status, listings()) == ("loaded", [("things", False)])


def test_state_is_committed_with_the_rows_and_lost_with_a_failure() -> None:
    seen: list[dict[str, Any]] = []

    def read(reader: Reader) -> Iterator[Any]:
        seen.append(dict(reader.state))
        reader.state["count"] = reader.state.get("count", 0) + 1
        yield [row(1)]
        if len(seen) == 2:
            raise KetteError("the vendor went away")

    load = source(stream(read))
    run(load)
    with pytest.raises(KetteError, match="the vendor went away"):
        run(load)
    run(load)
    assert seen == [{}, {"count": 1}, {"count": 1}]


def test_a_new_warehouse_is_filled_from_the_beginning() -> None:
    known: list[tuple[bool, dict[str, Any]]] = []

    def read(reader: Reader) -> Iterator[Any]:
        known.append((reader.known, dict(reader.state)))
        reader.state["page"] = 1
        yield [row(1)]

    load = source(stream(read))
    run(load)
    run(load)
    settings().warehouse.unlink()
    run(load)
    assert known == [(False, {}), (True, {"page": 1}), (False, {})]


def test_one_failing_stream_leaves_the_others_alone() -> None:
    def broken(_: Reader) -> Iterator[Any]:
        yield [row(5)]
        raise KetteError("the vendor stumbles", where="fake", fix="Run again later")

    load = source(stream(broken, "broken"), stream([[row(1)]]))
    with pytest.raises(KetteError) as error:
        run(load)
    assert str(error.value) == "fake broken: the vendor stumbles. Run again later"
    assert query("select id from raw_fake.things") == ["1"]
    assert query("select count(*) from raw_fake.broken") == [0]
    assert statuses() == ["failed", "loaded"]


def test_a_programming_error_names_source_stream_and_place_but_no_value() -> None:
    def broken(_: Reader) -> Iterator[Any]:
        yield [row(1)]
        int("anna.schmidt@example.org")

    with pytest.raises(KetteError) as error:
        run(source(stream(broken)))
    what = r"fake things: ValueError while reading things: .*test_load.py line \d+ \(broken\)"
    assert re.match(what, str(error.value))
    assert "anna" not in "".join(traceback.format_exception(error.value))
    assert "anna" not in str(store.ledger_history())


def test_what_was_committed_at_a_checkpoint_stays_when_the_rest_fails() -> None:
    starts: list[int] = []

    def read(reader: Reader) -> Iterator[Any]:
        starts.append(reader.state.get("next", 1))
        for number in range(starts[-1], 5):
            if number > starts[-1]:
                reader.checkpoint()
            if number == 3 and len(starts) == 1:
                raise KetteError("the hour's budget is used up")
            yield [row(number)]
            reader.state["next"] = number + 1

    load = source(stream(read))
    with pytest.raises(KetteError, match="budget"):
        run(load)
    assert query("select id from raw_fake.things order by id") == ["1", "2"]
    (result,) = run(load)
    assert starts == [1, 3]
    assert query("select id from raw_fake.things order by id") == ["1", "2", "3", "4"]
    assert (result.seen, result.loaded) == (2, 2)


def test_each_package_is_announced_once_its_rows_are_there() -> None:
    announced: list[list[str]] = []

    def after(load_id: str) -> None:
        announced.append(query(f"select id from raw_fake.things where _dlt_load_id = '{load_id}'"))

    run(source(stream([[row(1)]]), after_load=after))
    assert announced == [["1"]]


def test_the_reader_knows_the_load_its_first_page_goes_into() -> None:
    ids: list[str] = []

    def read(reader: Reader) -> Iterator[Any]:
        ids.append(reader.load_id)
        yield [row(1)]

    run(source(stream(read)))
    assert query("select _dlt_load_id from raw_fake.things") == ids


def test_counting_wrong_fails_the_load() -> None:
    def read(reader: Reader) -> Iterator[Any]:
        reader.seen(2)
        yield [row(1)]

    with pytest.raises(LedgerError, match="1 rows were loaded where 3 were expected"):
        run(source(stream(read)))
    assert statuses() == ["unbalanced"]


def test_suppressed_persons_are_counted_and_left_out() -> None:
    hashed = suppression.identifier_hash("Erased@Example.com ")
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.suppressions).values(
                identifier_type="email", identifier_hash=hashed, suppressed_at=store.now()
            )
        )
    unwanted = row(2, payload={"person": {"email": "erased@example.com"}})
    (result,) = run(source(stream([[row(1), unwanted]])))
    assert (result.seen, result.loaded, result.suppressed) == (2, 1, 1)
    assert query("select id from raw_fake.things") == ["1"]


def test_a_column_that_a_newer_version_declares_is_added() -> None:
    run(source(stream([[row(1)]])))
    wider = {**gate_columns(), "extra": "text"}
    run(source(stream([[{**row(2), "extra": "new"}]], columns=wider)))
    assert query("select id, extra from raw_fake.things order by id") == [("1", None), ("2", "new")]


def gate_columns() -> dict[str, str]:
    return dict(stream([]).columns)


def test_nothing_personal_rests_outside_the_raw_table() -> None:
    marker = "rests.nowhere@example.com"
    run(source(stream([[row(1, payload={"email": marker})]])))
    assert query("select count(*) from raw_fake_staging.things") == [0]
    files = [path for path in settings().home.rglob("*") if path.is_file()]
    holding = [path for path in files if marker.encode() in path.read_bytes()]
    assert {path.name.split(".")[0] for path in holding} <= {"warehouse"}
