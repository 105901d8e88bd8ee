"""Salesforce in the warehouse: deleted, merged and purged records, cuts, bad records, nothing twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import CredentialsError, KetteError
from ingestion.loading.run import run
from ingestion.sources import salesforce
from tests.ingestion.sources.emulator import Emulator, Reply, gone, only, serve, stored
from tests.ingestion.sources.salesforce.org import (
    CLIENT_ID,
    REFRESH,
    SECRET,
    Org,
    day,
    error,
    record_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTACTS = only(salesforce.LOAD, "contacts")


@pytest.fixture
def org() -> Org:
    return Org()


@pytest.fixture(autouse=True)
def vendor(org: Org, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setenv("KETTE_TODAY", "2026-06-15")
    with serve(org.answer) as emulator:
        org.url = emulator.url
        monkeypatch.setenv("SOURCES__SALESFORCE__BASE_URL", emulator.url)
        monkeypatch.setenv("SOURCES__SALESFORCE__CLIENT_ID", CLIENT_ID)
        monkeypatch.setenv("SOURCES__SALESFORCE__CLIENT_SECRET", SECRET)
        monkeypatch.setenv("SOURCES__SALESFORCE__REFRESH_TOKEN", REFRESH)
        yield emulator


def contacts(columns: str) -> list[tuple[Any, ...]]:
    return stored(f"select {columns} from raw_salesforce.contacts order by id")


def test_deleted_restored_and_purged_contacts_are_known_as_such(
    org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3, 4):
        org.add(number, day(1))
    run(CONTACTS)
    org.add(1, day(14), IsDeleted=True, MasterRecordId=record_id(2))
    org.add(3, day(14), IsDeleted=True)
    run(CONTACTS)
    assert contacts("is_deleted") == [(True,), (False,), (True,), (False,)]

    org.add(3, day(14, hours=1))
    # purged without passing through the recycle bin
    org.records["Contact"] = [r for r in org.records["Contact"] if r["Id"] != record_id(4)]
    run(CONTACTS)
    assert contacts("is_deleted") == [(True,), (False,), (False,), (False,)]
    assert gone("salesforce", "contacts", "id") == set()

    monkeypatch.setenv("KETTE_TODAY", "2026-06-22")
    run(CONTACTS)
    assert gone("salesforce", "contacts", "id") == {record_id(4)}
    assert contacts("payload->>'MasterRecordId'")[0] == (record_id(2),)


def test_a_run_that_breaks_off_is_exact_after_the_next_one(org: Org, vendor: Emulator) -> None:
    for number in range(1, 8):
        org.add(number, day(number))
    vendor.faults.update(dict.fromkeys(range(6, 12), Reply(b"", 502)))
    with pytest.raises(KetteError, match=r"salesforce contacts.*status 502"):
        run(CONTACTS)
    assert contacts("id") == []

    run(CONTACTS)
    assert contacts("id") == [(record_id(number),) for number in range(1, 8)]


def test_a_bulk_job_is_gone_on_with_after_a_cut_and_loads_every_row_once(
    org: Org, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__SALESFORCE__BULK_FROM_ROWS", "3")
    org.part_size, org.job_states = 3, ["JobComplete"]
    for number in range(1, 8):
        org.add(number, day(number))
    vendor.faults.update(dict.fromkeys(range(8, 14), Reply(b"", 502)))
    with pytest.raises(KetteError, match="502"):
        run(CONTACTS)
    assert len(contacts("id")) == 3

    run(CONTACTS)
    assert contacts("id") == [(record_id(number),) for number in range(1, 8)]
    assert len(org.jobs) == 1
    run(CONTACTS)
    assert len(contacts("id")) == 7


def test_a_second_load_of_the_same_changes_no_row(org: Org, vendor: Emulator) -> None:
    for name in ("Account", "Contact", "Lead", "Opportunity", "Case", "Task", "Event", "User"):
        org.add(1, day(1), name)
        org.add(2, day(14), name)

    def rows() -> dict[str, list[Any]]:
        return {
            stream.name: stored(
                f"select * exclude (_dlt_load_id, _dlt_id) from raw_salesforce.{stream.name} "
                "order by all"
            )
            for stream in salesforce.LOAD.streams
        }

    run(salesforce.LOAD)
    before, requests = rows(), len(vendor.requests)
    second = run(salesforce.LOAD)

    assert rows() == before
    assert {len(found) for found in before.values()} == {2}
    assert [result.loaded for result in second] == [1] * 8
    # signing in, and for each object its fields and what changed
    assert len(vendor.requests) - requests == 1 + 2 * 8


def test_of_a_user_only_name_and_address_are_loaded_however_old_the_record(org: Org) -> None:
    # a user has no IsDeleted, and a colleague's telephone number is not asked for
    org.types |= {"Name": "string", "IsActive": "boolean", "MobilePhone": "phone"}
    del org.types["IsDeleted"]
    more = {"Name": "Karla Winther", "IsActive": False, "MobilePhone": "+49405550000"}
    org.add(1, datetime(2012, 1, 31, tzinfo=UTC), "User", **more)

    (result,) = run(only(salesforce.LOAD, "users"))

    assert (result.seen, result.loaded) == (1, 1)
    ((payload, is_deleted),) = stored("select payload, is_deleted from raw_salesforce.users")
    assert json.loads(payload) == {
        "Id": record_id(1),
        "Name": "Karla Winther",
        "Email": "p1@acme.example",
        "IsActive": False,
        "CreatedDate": "2026-06-01T00:00:00.000Z",
        "SystemModstamp": "2012-01-31T00:00:00.000Z",
    }
    assert is_deleted is None


def test_bad_records_are_quarantined_and_the_ledger_still_closes(org: Org) -> None:
    org.types["Note__c"] = "string"
    org.page_size = 100
    org.add(1, day(1))
    org.add(2, day(1), Note__c="half \ud800")
    org.add(3, day(1), IsDeleted="perhaps")
    org.add(4, day(1), Note__c="a\0b")
    org.add(5, day(1), Id="  ")

    (result,) = run(CONTACTS)

    assert (result.seen, result.loaded, result.quarantined) == (5, 2, 3)
    assert contacts("payload->>'Note__c'") == [(None,), ("ab",)]


def test_an_org_whose_api_is_disabled_is_asked_once(vendor: Emulator) -> None:
    vendor.faults.update(dict.fromkeys(range(2, 30), error("API_DISABLED_FOR_ORG", 403)))
    with pytest.raises(CredentialsError, match="API Enabled"):
        run(salesforce.LOAD)
    assert len(vendor.requests) == 2
