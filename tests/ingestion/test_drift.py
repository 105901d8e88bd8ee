"""Schema drift: what is new, changed or gone is told once, by name and never by value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingestion.control import store, tables
from ingestion.loading import drift
from ingestion.loading.run import run
from tests.ingestion.fakes import row, source, stream, switch_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Reader


@pytest.fixture(autouse=True)
def on(monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(monkeypatch)


def load(*payloads: Any, **changed: Any) -> None:
    """Load records with these payloads, each sixty times."""
    records = [row(n, payload=payload, **changed) for payload in payloads for n in range(60)]
    run(source(stream([[{**each, "id": str(n)} for n, each in enumerate(records)]])))


def told() -> dict[str, tuple[str, str]]:
    return {each["property"]: (each["change"], each["detail"]) for each in drift.open_changes()}


def test_the_first_load_says_what_is_usual() -> None:
    load({"name": "Anna", "tags": [1], "properties": {"plan": "pro", "seats": 2, "isNew": True}})
    assert told() == {}
    kept = {each["property"]: each["kinds"] for each in store.rows(PROPERTIES)}
    assert kept == {
        "payload.name": "text",
        "payload.tags": "list",
        "payload.properties": "object",
        "payload.properties.plan": "text",
        "payload.properties.seats": "number",
        "payload.properties.isNew": "truth",
    }


PROPERTIES = tables.vendor_properties.select()


def test_a_new_property_is_listed_and_alarms_nobody() -> None:
    load({"name": "Anna"})
    load({"name": "Anna"}, {"name": "Anna", "mood": "good"})
    assert told() == {"payload.mood": ("new", "text, in 60 of 120 records")}
    assert not drift.ALARMING & {each["change"] for each in drift.open_changes()}
    # once is enough
    load({"name": "Anna", "mood": "good"})
    assert len(drift.open_changes()) == 1


def test_a_property_of_another_kind_alarms() -> None:
    load({"seats": 2})
    load({"seats": "two"})
    assert told() == {"payload.seats": ("kind", "text where it was number")}


@pytest.mark.parametrize("gone", [{}, {"email": None}], ids=["missing", "null"])
def test_a_usual_property_that_is_in_no_record_any_more_alarms_until_it_is_back(gone: Any) -> None:
    load({"name": "Anna", "email": "anna@example.org"})
    load({"name": "Anna", **gone})
    assert told() == {"payload.email": ("vanished", "60 of 60 records had it")}
    load({"name": "Anna", "email": "anna@example.org"})
    assert told() == {}


def test_a_renamed_property_is_one_that_vanished_and_one_that_is_new() -> None:
    load({"name": "Anna"})
    load({"full_name": "Anna"})
    assert {name: change for name, (change, _) in told().items()} == {
        "payload.name": "vanished",
        "payload.full_name": "new",
    }


def test_what_only_some_records_had_or_few_records_lack_does_not_vanish() -> None:
    load({"name": "Anna"}, {"name": "Anna", "mood": "good"})
    load({"name": "Anna"})
    run(source(stream([[row(n, payload={"other": 1}) for n in range(20)]])))
    assert {change for change, _ in told().values()} == {"new"}


def test_values_of_another_type_in_a_typed_column_are_quarantined_and_alarm_until_they_pass() -> (
    None
):
    load({"a": 1})
    load({"a": 1}, amount="a lot")
    assert store.quarantine_counts()[0]["reason"] == "amount: not a number"
    assert told() == {"amount": ("refused", "not a number; such records are in quarantine")}
    load({"a": 1})
    assert told() == {}


SECRETIVE = dict.fromkeys(
    ("Anna <anna@example.org>", "4711", "2026-05-01", "+49 170 1234567", "line\nend", "",
     "c0ffee12-34ab-5678-90cd-ef1234567890"),
    1,
)  # fmt: skip


def test_keys_that_are_values_are_not_kept_as_names() -> None:
    load(
        {
            "by_person": {"anna@example.org": 1, "5c659c297f68": 2, "a" * 101: 3, **SECRETIVE},
            "plan": "pro",
        }
    )
    names = {each["property"] for each in store.rows(PROPERTIES)}
    assert names == {"payload.by_person", "payload.plan"}


def test_a_name_may_be_written_as_people_write() -> None:
    names = (
        "Größe (cm)", "Is first time?", "field_12345", "Frage 123456", "1st_visit", "a, b",
        "%discount", "$plan", "_id", "utm[source]", "年齢",
    )  # fmt: skip
    load({"plan": "pro"})
    load({"plan": "pro", **dict.fromkeys(names, 1)})
    assert told() == {f"payload.{name}": ("new", "number, in 60 of 60 records") for name in names}


def test_a_numbered_key_is_a_name_only_where_most_records_have_it() -> None:
    run(source(stream([[row(n, payload={"plan": "pro"}) for n in range(60)]])))
    records = [
        {"plan": "pro", "field_12345": 1, "seen_by": {f"user_{10_000 + n % 20}": {"since": 2026}}}
        for n in range(60)
    ]
    run(source(stream([[row(n, payload=payload) for n, payload in enumerate(records)]])))
    assert set(told()) == {"payload.field_12345", "payload.seen_by"}


def test_an_object_whose_keys_are_as_many_as_its_records_is_keyed_by_data() -> None:
    letters = "abcdefghijklmnop"
    persons = [f"{first}{second}" for first in letters for second in letters[:5]]
    records = [
        {"by_person": {person: {"age": 3}}, person: {"age": 4}, "plan": "pro"} for person in persons
    ]
    run(source(stream([[row(n, payload=payload) for n, payload in enumerate(records)]])))
    assert {each["property"] for each in store.rows(PROPERTIES)} == {
        "payload.by_person",
        "payload.plan",
    }


def test_many_properties_of_few_records_are_names() -> None:
    wide = {f"answer {chr(97 + n // 26)}{chr(97 + n % 26)}": n for n in range(200)}
    run(source(stream([[row(1, payload=wide)]])))
    assert {each["property"] for each in store.rows(PROPERTIES)} == {
        f"payload.{name}" for name in wide
    }


def test_a_person_can_accept_what_changed() -> None:
    load({"seats": 2})
    load({"seats": "two"})
    assert drift.accept("another") == 0
    assert drift.accept("fake") == 1
    load({"seats": "two"}, {"seats": 2})
    assert told() == {}


def test_many_records_are_looked_at_here_and_there() -> None:
    records = [row(n, payload={"odd" if n % 2 else "even": n}) for n in range(12_345)]
    run(source(stream([records])))
    (even, odd) = sorted(store.rows(PROPERTIES), key=lambda each: each["property"])
    assert even["looked_at"] == odd["looked_at"] <= 10_000
    assert even["present"] + odd["present"] == odd["looked_at"]


def test_what_comes_later_in_the_first_run_is_usual_too() -> None:
    def read(reader: Reader) -> Iterator[Any]:
        yield [row(1, payload={"plan": "pro"})]
        reader.checkpoint()
        yield [row(2, payload={"plan": "pro", "currency": "EUR"})]

    run(source(stream(read)))
    assert told() == {}
    assert {each["property"] for each in store.rows(PROPERTIES)} == {
        "payload.plan",
        "payload.currency",
    }
