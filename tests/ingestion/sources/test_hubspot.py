"""HubSpot in the warehouse: merged, erased and archived records, links that end, nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import KetteError
from ingestion.loading.run import run
from ingestion.sources import hubspot
from tests.ingestion.sources.emulator import Emulator, Reply, gone, only, serve, stored
from tests.ingestion.sources.hubspot.crm import Crm, day

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTACTS = only(hubspot.LOAD, "contacts")


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest.fixture(autouse=True)
def vendor(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setenv("KETTE_TODAY", "2026-06-15")
    with serve(crm.answer) as emulator:
        monkeypatch.setenv("SOURCES__HUBSPOT__BASE_URL", emulator.url)
        monkeypatch.setenv("SOURCES__HUBSPOT__ACCESS_TOKEN", "token")
        yield emulator


def contacts(columns: str) -> list[tuple[Any, ...]]:
    return stored(f"select {columns} from raw_hubspot.contacts order by id")


def test_merged_and_erased_contacts_stay_and_are_known_as_gone_after_a_full_listing(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3, 4):
        crm.add("contacts", number, day(1))
    run(CONTACTS)
    # 2 is merged into 1, 3 is erased
    crm.objects["contacts"] = [crm.objects["contacts"][3]]
    crm.add("contacts", 1, day(15, minutes=-5), properties={"hs_merged_object_ids": "2"})

    run(CONTACTS)
    # a search shows what changed, and cannot show what is gone
    assert gone("hubspot", "contacts", "id") == set()

    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    run(CONTACTS)
    assert gone("hubspot", "contacts", "id") == {"2", "3"}
    assert contacts("id, properties->>'hs_merged_object_ids'") == [
        ("1", "2"),
        ("2", None),
        ("3", None),
        ("4", None),
    ]


def test_a_merge_that_makes_a_new_id_leaves_both_old_ones_gone(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.names.append("hs_calculated_merged_vids")
    for number in (149, 150):
        crm.add("contacts", number, day(1))
    run(CONTACTS)
    # both are lost: the archived listing does not show them either
    crm.objects["contacts"] = []
    merged = {"hs_calculated_merged_vids": "149:1781481600000;150:1781481600000"}
    crm.add("contacts", 151, day(15, minutes=-5), properties=merged)
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    run(CONTACTS)

    assert gone("hubspot", "contacts", "id") == {"149", "150"}
    assert contacts("id, properties->>'hs_calculated_merged_vids'") == [
        ("149", None),
        ("150", None),
        ("151", "149:1781481600000;150:1781481600000"),
    ]


def test_a_contact_that_is_archived_and_restored_is_marked_and_unmarked(crm: Crm) -> None:
    crm.add("contacts", 1, day(14))
    run(CONTACTS)
    crm.objects["contacts"][0] |= {"archived": True, "archivedAt": "2026-06-14T20:00:00.000Z"}
    run(CONTACTS)
    assert contacts("archived") == [(True,)]

    crm.objects["contacts"][0] |= {"archived": False}
    run(CONTACTS)
    assert contacts("archived") == [(False,)]


def test_the_newest_version_of_a_record_holds_whatever_the_order(
    crm: Crm, vendor: Emulator
) -> None:
    new = crm.add("contacts", 1, day(14), properties={"email": "new@acme.example"})
    old = crm.add("contacts", 1, day(13), properties={"email": "old@acme.example"})
    vendor.faults[2] = Reply({"results": [new, old]})

    (result,) = run(CONTACTS)

    assert (result.seen, result.loaded, result.deduped) == (2, 1, 1)
    assert contacts("properties->>'email'") == [("new@acme.example",)]


def test_links_of_a_touched_object_are_replaced_and_those_of_others_stay(crm: Crm) -> None:
    load = only(hubspot.LOAD, "contacts", "companies", "deals", "tickets", "associations")
    crm.add("deals", 1, day(1))
    crm.add("deals", 2, day(1))
    crm.add("deals", 3, day(1))
    crm.links = {
        ("deals", "1", "contacts"): [11, 12],
        ("deals", "2", "contacts"): [21],
        ("deals", "3", "contacts"): [31],
    }
    run(load)
    # 1 loses one of its two links, 2 its only one
    crm.objects["deals"] = crm.objects["deals"][2:]
    crm.add("deals", 1, day(14, hours=22))
    crm.add("deals", 2, day(14, hours=23))
    crm.links = {("deals", "1", "contacts"): [12], ("deals", "3", "contacts"): [31]}
    run(load)

    assert stored("select from_key, to_object_id from raw_hubspot.associations order by 1") == [
        ("deals:1", "12"),
        ("deals:3", "31"),
    ]


def test_a_run_that_breaks_off_is_exact_after_the_next_one(crm: Crm, vendor: Emulator) -> None:
    crm.page_size = 2
    for number in range(1, 8):
        crm.add("contacts", number, day(14))
    vendor.faults.update(dict.fromkeys(range(3, 9), Reply(b"", 502)))

    with pytest.raises(KetteError, match=r"hubspot contacts.*status 502"):
        run(CONTACTS)
    assert contacts("id") == []

    run(CONTACTS)
    assert [number for (number,) in contacts("id")] == ["1", "2", "3", "4", "5", "6", "7"]


def test_a_second_load_of_the_same_changes_no_row(crm: Crm) -> None:
    for kind in ("contacts", "companies", "deals", "tickets"):
        crm.add(kind, 1, day(1))
        crm.add(kind, 2, day(14))
    crm.links = {("contacts", "1", "companies"): [1], ("deals", "2", "companies"): [2]}

    def rows() -> dict[str, list[Any]]:
        return {
            stream.name: stored(
                f"select * exclude (_dlt_load_id, _dlt_id) from raw_hubspot.{stream.name} "
                "order by all"
            )
            for stream in hubspot.LOAD.streams
        }

    run(hubspot.LOAD)
    before = rows()
    second = run(hubspot.LOAD)

    assert rows() == before
    assert {name: len(found) for name, found in before.items()} == {
        "contacts": 2,
        "companies": 2,
        "deals": 2,
        "tickets": 2,
        "owners": 2,
        "associations": 2,
    }
    # only what changed in the last day was read again
    assert {result.stream: result.loaded for result in second}["contacts"] == 1


def test_bad_records_are_quarantined_and_the_ledger_still_closes(crm: Crm) -> None:
    crm.add("contacts", 1, day(1))
    crm.add("contacts", 2, day(1), properties={"note": "half \ud800"})
    crm.add("contacts", 3, day(1), createdAt={"not": "a time"})
    crm.add("contacts", 4, day(1), properties={"note": "a\0b"})
    crm.names.append("note")

    (result,) = run(CONTACTS)

    assert (result.seen, result.loaded, result.quarantined) == (4, 2, 2)
    assert contacts("id, properties->>'note'") == [("1", None), ("4", "ab")]
