"""The sandbox speaks HubSpot as the vendor documents it and as connectors met it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.sandbox.server import Sandbox, serve_in_thread
from tests.ingestion.sandbox.handmade import HTTP, HUBSPOT, Clock, at_ms, hurrying, write_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx


def contact(number: int, modified: str = "2025-03-01", **more: object) -> dict[str, Any]:
    properties = {
        "email": f"p{number}@kunde.example",
        "firstname": "Aino",
        "jobtitle": "CFO",
        "seats": str(number),
        "createdate": "2025-01-02T03:04:05.678Z",
        "lastmodifieddate": f"{modified}",
        "hs_object_id": str(number),
    }
    return {
        "id": str(number),
        "created_ms": at_ms("2025-01-02 03:04:05.678"),
        "updated_ms": at_ms(modified),
        "properties_json": json.dumps({**properties, **more}),
    }


def linked(from_id: int, to_id: int, label: str | None = None, type_id: int = 1) -> dict[str, Any]:
    return {
        "from_type": "contacts", "from_id": str(from_id), "to_type": "companies",
        "to_id": str(to_id), "category": "HUBSPOT_DEFINED", "type_id": type_id, "label": label,
    }  # fmt: skip


COMPANY = {
    "hubspot/contacts": [
        *(contact(number) for number in range(1, 151)),
        contact(200, "2025-03-20", hs_merged_object_ids="199;198", hs_additional_emails="x@y.example"),
        contact(201, "2025-03-31 23:49:59"),
        # today begins at 2025-04-01 00:00
        contact(202, "2025-03-31 23:51:00"),
        contact(203) | {"archived_ms": at_ms("2025-03-10")},
    ],
    "hubspot/companies": [
        {"id": "77", "created_ms": 1, "updated_ms": at_ms("2025-02-01"),
         "properties_json": '{"domain":"kunde.example","name":"Kunde"}'}
    ],
    "hubspot/deals": [
        {"id": str(number), "created_ms": 1, "updated_ms": at_ms("2025-02-01"),
         "properties_json": json.dumps({"pipeline": "default", "dealstage": stage})}
        for number, stage in enumerate(("appointmentscheduled", "closedwon"), 1)
    ],
    "hubspot/merges": [
        {"object_type": "contacts", "loser_id": "198", "winner_id": "199", "merged_ms": 1},
        {"object_type": "contacts", "loser_id": "199", "winner_id": "200", "merged_ms": 2},
    ],
    "hubspot/owners": [
        {"id": str(number), "user_id": number, "email": f"o{number}@nordlicht.example",
         "first_name": "Mika", "last_name": "L", "created_ms": 1, "updated_ms": 1,
         "archived_ms": 5 if number == 3 else None}
        for number in (1, 2, 3)
    ],
    "hubspot/associations": [
        linked(1, 77),
        linked(1, 77, "Primary", 2),
        *(linked(2, 1000 + number) for number in range(250)),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_world(tmp_path_factory.mktemp("company"), COMPANY)


@pytest.fixture(scope="module")
def sandbox(folder: Path) -> Iterator[Sandbox]:
    with serve_in_thread(folder, clock=hurrying()) as running:
        yield running


def get(sandbox: Sandbox, path: str, **params: str) -> httpx.Response:
    return HTTP.get(f"{sandbox.base_url}/hubspot{path}", params=params, headers=HUBSPOT)


def post(sandbox: Sandbox, path: str, body: dict[str, Any]) -> httpx.Response:
    return HTTP.post(f"{sandbox.base_url}/hubspot{path}", json=body, headers=HUBSPOT)


def search(sandbox: Sandbox, *filters: dict[str, Any], **more: object) -> httpx.Response:
    body = {"filterGroups": [{"filters": list(filters)}], "limit": 200, **more}
    return post(sandbox, "/crm/v3/objects/contacts/search", body)


def modified(operator: str, moment: str, **more: object) -> dict[str, Any]:
    return {
        "propertyName": "lastmodifieddate", "operator": operator, "value": str(at_ms(moment)),
    } | more  # fmt: skip


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [result["id"] for result in answer.json()["results"]]


def test_a_wrong_token_is_refused_with_a_category(sandbox: Sandbox) -> None:
    answer = HTTP.get(
        f"{sandbox.base_url}/hubspot/crm/v3/owners/", headers={"Authorization": "Bearer wrong"}
    )
    assert answer.status_code == 401
    assert answer.json()["category"] == "INVALID_AUTHENTICATION"
    assert "Authorization" not in answer.text


def test_a_listing_ends_where_paging_is_absent(sandbox: Sandbox) -> None:
    first = get(sandbox, "/crm/v3/objects/contacts", limit="100")
    assert ids(first) == [str(number) for number in range(1, 101)]
    after = first.json()["paging"]["next"]["after"]
    last = get(sandbox, "/crm/v3/objects/contacts", limit="100", after=after)
    assert ids(last) == [*(str(n) for n in range(101, 151)), "200", "201", "202"]
    assert "paging" not in last.json()


def test_a_page_has_at_most_100(sandbox: Sandbox) -> None:
    answer = get(sandbox, "/crm/v3/objects/contacts", limit="101")
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_only_a_handful_of_properties_comes_unasked(sandbox: Sandbox) -> None:
    (usual,) = get(sandbox, "/crm/v3/objects/contacts", limit="1").json()["results"]
    assert set(usual["properties"]) == {
        "createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname",
    }  # fmt: skip
    assert (usual["createdAt"], usual["archived"]) == ("2025-01-02T03:04:05.678Z", False)
    (asked,) = get(sandbox, "/crm/v3/objects/contacts", limit="1", properties="seats,none").json()[
        "results"
    ]
    assert (asked["properties"]["seats"], asked["properties"]["none"]) == ("1", None)
    assert "email" not in asked["properties"]
    assert "hs_object_id" in asked["properties"]


def test_archived_records_have_a_listing_of_their_own(sandbox: Sandbox) -> None:
    (found,) = get(sandbox, "/crm/v3/objects/contacts", archived="true").json()["results"]
    assert (found["id"], found["archived"], found["archivedAt"]) == (
        "203", True, "2025-03-10T00:00:00.000Z",
    )  # fmt: skip


def test_a_merged_id_is_gone_from_lists_but_leads_to_the_survivor(sandbox: Sandbox) -> None:
    listed = ids(get(sandbox, "/crm/v3/objects/contacts", limit="100", after="151"))
    assert {"198", "199"}.isdisjoint(listed)
    found = get(sandbox, "/crm/v3/objects/contacts/198", properties="hs_merged_object_ids").json()
    assert (found["id"], found["properties"]["hs_merged_object_ids"]) == ("200", "199;198")
    assert get(sandbox, "/crm/v3/objects/contacts/9999").json()["category"] == "OBJECT_NOT_FOUND"


def test_a_search_pages_by_offset_and_announces_the_total(sandbox: Sandbox) -> None:
    first = search(sandbox, modified("GTE", "2025-01-01"), limit=150).json()
    assert (first["total"], first["paging"]["next"]["after"]) == (152, "150")
    assert "link" not in first["paging"]["next"]
    last = search(sandbox, modified("GTE", "2025-01-01"), limit=150, after="150")
    assert ids(last) == ["200", "201"]
    assert "paging" not in last.json()


def test_a_search_sees_neither_archived_records_nor_the_last_minutes(sandbox: Sandbox) -> None:
    assert ids(search(sandbox, modified("GTE", "2025-03-02"))) == ["200", "201"]


def test_a_search_sorts_by_what_it_is_told(sandbox: Sandbox) -> None:
    newest = [{"propertyName": "lastmodifieddate", "direction": "DESCENDING"}]
    assert ids(search(sandbox, modified("GTE", "2025-03-02"), sorts=newest)) == ["201", "200"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (modified("BETWEEN", "2025-03-20", highValue=str(at_ms("2025-03-21"))), ["200"]),
        (modified("EQ", "2025-03-20"), ["200"]),
        ({"propertyName": "lastmodifieddate", "operator": "GT", "value": "2025-03-20T00:00:00Z"},
         ["201"]),
        ({"propertyName": "hs_object_id", "operator": "GT", "value": "150"}, ["200", "201"]),
        ({"propertyName": "email", "operator": "EQ", "value": "p7@kunde.example"}, ["7"]),
        ({"propertyName": "seats", "operator": "LT", "value": "3"}, ["1", "2"]),
        ({"propertyName": "email", "operator": "IN",
          "values": ["p7@kunde.example", "p8@kunde.example"]}, ["7", "8"]),
        ({"propertyName": "hs_merged_object_ids", "operator": "HAS_PROPERTY"}, ["200"]),
    ],
    ids=["between", "moment", "iso time", "id", "text", "number", "list", "has a value"],
)  # fmt: skip
def test_a_search_filters(sandbox: Sandbox, condition: dict[str, Any], expected: list[str]) -> None:
    assert ids(search(sandbox, condition)) == expected


def test_groups_of_filters_are_alternatives(sandbox: Sandbox) -> None:
    groups = [
        {"filters": [{"propertyName": "hs_object_id", "operator": "EQ", "value": str(number)}]}
        for number in (3, 5)
    ]
    body = {"filterGroups": groups, "limit": 10}
    assert ids(post(sandbox, "/crm/v3/objects/contacts/search", body)) == ["3", "5"]


def test_a_search_reaches_10000_rows_and_pages_of_200(sandbox: Sandbox) -> None:
    reached = search(sandbox, modified("GTE", "2025-01-01"), after="9800")
    assert reached.status_code == 200
    beyond = search(sandbox, modified("GTE", "2025-01-01"), after="9801")
    assert (beyond.status_code, beyond.json()["category"]) == (400, "VALIDATION_ERROR")
    assert search(sandbox, modified("GTE", "2025-01-01"), limit=201).status_code == 400


def test_a_search_from_1970_itself_breaks(sandbox: Sandbox) -> None:
    assert search(sandbox, modified("GTE", "1970-01-01")).status_code == 500
    assert search(sandbox, modified("GTE", "1970-01-01 00:00:01")).status_code == 200


def test_the_modified_date_has_another_name_outside_contacts(sandbox: Sandbox) -> None:
    (company,) = get(sandbox, "/crm/v3/objects/companies").json()["results"]
    assert "hs_lastmodifieddate" in company["properties"]
    since = {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": "1000"}
    body = {"filters": [since]}
    assert ids(post(sandbox, "/crm/v3/objects/companies/search", body)) == ["77"]


def test_associations_come_in_batches_with_labels_and_pages_of_their_own(sandbox: Sandbox) -> None:
    path = "/crm/v4/associations/contacts/companies/batch/read"
    answer = post(sandbox, path, {"inputs": [{"id": "1"}, {"id": "2"}, {"id": "3"}]})
    assert answer.status_code == 207
    one, two = answer.json()["results"]
    assert one["to"] == [
        {
            "toObjectId": 77,
            "associationTypes": [
                {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": None},
                {"category": "HUBSPOT_DEFINED", "typeId": 2, "label": "Primary"},
            ],
        }
    ]
    (error,) = answer.json()["errors"]
    assert (error["category"], error["context"]) == ("OBJECT_NOT_FOUND", {"fromObjectId": ["3"]})
    found = [other["toObjectId"] for other in two["to"]]
    assert len(found) == 100
    for _ in range(2):
        asked = {"id": "2", "after": two["paging"]["next"]["after"]}
        (two,) = post(sandbox, path, {"inputs": [asked]}).json()["results"]
        found += [other["toObjectId"] for other in two["to"]]
    assert found == list(range(1000, 1250))
    assert "paging" not in two


def test_a_listing_can_show_associations(sandbox: Sandbox) -> None:
    answer = get(sandbox, "/crm/v3/objects/contacts", limit="1", associations="companies")
    (found,) = answer.json()["results"]
    assert found["associations"]["companies"]["results"][0] == {
        "id": "77", "type": "contact_to_company",
    }  # fmt: skip


def test_some_objects_are_read_by_their_ids(sandbox: Sandbox) -> None:
    body = {"inputs": [{"id": "1"}, {"id": "9999"}], "properties": ["jobtitle"]}
    answer = post(sandbox, "/crm/v3/objects/contacts/batch/read", body)
    assert answer.status_code == 207
    (found,) = answer.json()["results"]
    assert found["properties"]["jobtitle"] == "CFO"


def test_owners_properties_and_pipelines_are_listed(sandbox: Sandbox) -> None:
    assert ids(get(sandbox, "/crm/v3/owners/")) == ["1", "2"]
    assert ids(get(sandbox, "/crm/v3/owners", archived="true")) == ["3"]
    names = {one["name"] for one in get(sandbox, "/crm/v3/properties/contacts").json()["results"]}
    assert {"jobtitle", "hs_merged_object_ids"} <= names
    (pipeline,) = get(sandbox, "/crm/v3/pipelines/deals").json()["results"]
    assert [stage["id"] for stage in pipeline["stages"]] == ["appointmentscheduled", "closedwon"]
    assert [stage["metadata"]["isClosed"] for stage in pipeline["stages"]] == ["false", "true"]


def test_searches_have_a_limit_of_their_own_and_tell_nothing_of_it(folder: Path) -> None:
    clock = Clock()
    with serve_in_thread(folder, clock=clock) as sandbox:
        answers = [search(sandbox, modified("GTE", "2025-03-02")) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert answers[-1].json()["policyName"] == "SECONDLY"
        assert not [name for name in answers[0].headers if "ratelimit" in name.lower()]
        listed = get(sandbox, "/crm/v3/owners/")
        assert listed.headers["x-hubspot-ratelimit-remaining"] == "189"
        clock.now += 1
        assert search(sandbox, modified("GTE", "2025-03-02")).status_code == 200


def test_ten_seconds_have_190_requests(folder: Path) -> None:
    with serve_in_thread(folder, clock=Clock()) as sandbox:
        codes = [get(sandbox, "/crm/v3/owners/").status_code for _ in range(190)]
        refused = get(sandbox, "/crm/v3/owners/")
    assert set(codes) == {200}
    assert (refused.status_code, refused.json()["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    assert refused.json()["errorType"] == "RATE_LIMIT"
