"""HubSpot: full listings, the search and its limits, archived and merged records, associations."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import (
    CredentialsError,
    IncompleteAnswerError,
    MissingRightError,
    ResumeLaterError,
)
from ingestion.sources import hubspot
from ingestion.sources.hubspot import api, associations, search
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "pat-secret-token"
TODAY = date(2026, 6, 15)
START_OF_TODAY = datetime(2026, 6, 15, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


class Crm:
    """A HubSpot account in miniature; its search trails nothing and reaches ``most_rows``."""

    def __init__(self) -> None:
        self.objects: dict[str, list[dict[str, Any]]] = {
            kind: [] for kind in ("contacts", "companies", "deals", "tickets")
        }
        self.names = ["email", "firstname", "hs_merged_object_ids"]
        self.links: dict[tuple[str, str, str], list[int]] = {}
        self.page_size = 100
        self.most_rows = 10_000
        # an object is put at the end of the order once this many pages were shown
        self.touch_after: tuple[int, str] | None = None

    def add(self, kind: str, number: int, changed: datetime, **more: Any) -> dict[str, Any]:
        """Add an object."""
        text = changed.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record = {
            "id": str(number),
            "properties": {
                "email": f"p{number}@acme.example",
                "hs_object_id": str(number),
                api.modified_property(kind): text,
                **more.pop("properties", {}),
            },
            "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": text,
            "archived": False,
            **more,
        }
        self.objects[kind].append(record)
        return record

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        parts = request.path.strip("/").split("/")
        if parts[2] == "properties":
            return {"results": [{"name": name} for name in self.names]}
        if parts[2] == "owners":
            archived = request.params["archived"] == "true"
            return {"results": [{"id": "9" if archived else "8", "email": "a@acme.example"}]}
        if parts[1] == "v4":
            return self._associations(parts[3], parts[4], request.body["inputs"])
        if parts[-1] == "search":
            return self._search(parts[3], request.body)
        return self._listing(parts[3], request.params)

    def _listing(self, kind: str, params: dict[str, str]) -> dict[str, Any]:
        archived = params.get("archived") == "true"
        found = [each for each in self.objects[kind] if each["archived"] == archived]
        found.sort(key=lambda each: int(each["id"]))
        start = int(params.get("after", "0"))
        found = [each for each in found if int(each["id"]) >= start]
        body: dict[str, Any] = {
            "results": [_shown(e, params["properties"].split(",")) for e in found[: self.page_size]]
        }
        if len(found) > self.page_size:
            body["paging"] = {"next": {"after": found[self.page_size]["id"]}}
        return body

    def _search(self, kind: str, body: dict[str, Any]) -> Any:
        after, limit = int(body.get("after", "0")), body["limit"]
        if after + limit > self.most_rows:
            return Reply(
                {"status": "error", "message": "exceeds 10000", "category": "VALIDATION_ERROR"}, 400
            )
        found = [each for each in self.objects[kind] if not each["archived"]]
        for condition in body["filterGroups"][0]["filters"]:
            found = [each for each in found if self._meets(each, condition)]
        found.sort(key=lambda each: self._value(each, body["sorts"][0]["propertyName"]))
        answer: dict[str, Any] = {"total": len(found), "results": found[after : after + limit]}
        if after + limit < len(found):
            answer["paging"] = {"next": {"after": str(after + limit)}}
        if self.touch_after is not None and after + limit == self.touch_after[0]:
            (moved,) = (e for e in self.objects[kind] if e["id"] == self.touch_after[1])
            self.objects[kind].remove(moved)
            self.add(kind, int(moved["id"]), START_OF_TODAY - timedelta(minutes=1))
            self.touch_after = None
        return answer

    def _value(self, record: dict[str, Any], name: str) -> int:
        if name == "hs_object_id":
            return int(record["id"])
        return milliseconds(datetime.fromisoformat(record["properties"][name]))

    def _meets(self, record: dict[str, Any], condition: dict[str, str]) -> bool:
        value, wanted = (
            self._value(record, condition["propertyName"]),
            int(condition["value"]),
        )
        return {"GTE": value >= wanted, "EQ": value == wanted, "GT": value > wanted}[
            condition["operator"]
        ]

    def _associations(self, kind: str, target: str, inputs: list[dict[str, str]]) -> Any:
        results, errors = [], []
        for given in inputs:
            linked = self.links.get((kind, given["id"], target))
            if not linked:
                errors.append({"status": "error", "category": "OBJECT_NOT_FOUND"})
                continue
            start = int(given.get("after", "0"))
            types = [{"category": "HUBSPOT_DEFINED", "typeId": 1, "label": None}]
            result: dict[str, Any] = {
                "from": {"id": given["id"]},
                "to": [
                    {"toObjectId": n, "associationTypes": types} for n in linked[start : start + 2]
                ],
            }
            if len(linked) > start + 2:
                result["paging"] = {"next": {"after": str(start + 2)}}
            results.append(result)
        body = {"status": "COMPLETE", "results": results}
        return Reply(body | {"numErrors": len(errors), "errors": errors}, 207) if errors else body


def _shown(record: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {**record, "properties": {n: record["properties"].get(n) for n in names}}


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTE_TODAY", TODAY.isoformat())
    monkeypatch.setattr("ingestion.http.sleep", lambda _seconds: None)


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest.fixture
def vendor(crm: Crm) -> Iterator[Emulator]:
    with serve(crm.answer) as emulator:
        yield emulator


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    settings = hubspot.HubSpotSettings(
        base_url=vendor.url, start_date=date(2020, 1, 1), access_token=TOKEN
    )
    return Reading(hubspot.LOAD, settings)


def day(number: int, **more: int) -> datetime:
    return datetime(2026, 6, number, tzinfo=UTC) + timedelta(**more)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def searched(vendor: Emulator, kind: str = "contacts") -> list[Request]:
    return vendor.asked(f"/crm/v3/objects/{kind}/search")


def incremental(reading: Reading, stream: str = "contacts") -> list[dict[str, Any]]:
    return reading.rows(stream, reading.reader(stream, known=True))


def test_the_first_load_lists_all_pages_with_all_properties(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.page_size = 2
    for number in range(1, 6):
        crm.add("contacts", number, day(1))

    reader = reading.reader("contacts")
    rows = reading.rows("contacts", reader)

    assert ids(rows) == ["1", "2", "3", "4", "5"]
    assert rows[0]["properties"]["email"] == "p1@acme.example"
    assert rows[0]["updated_at"] == day(1)
    assert rows[0]["archived"] is False
    assert reader.chapter.is_full_listing is not False
    asked = vendor.asked("/crm/v3/objects/contacts")
    assert asked[0].params["properties"] == (
        "createdate,email,firstname,hs_merged_object_ids,hs_object_id,lastmodifieddate"
    )
    assert searched(vendor) == []
    assert vendor.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_archived_records_are_listed_in_every_run(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.add("contacts", 1, day(1))
    reading.rows("contacts")
    crm.objects["contacts"][0] |= {"archived": True, "archivedAt": "2026-06-10T08:00:00.000Z"}

    rows = incremental(reading)

    assert [(row["id"], row["archived"]) for row in rows] == [("1", True)]
    # of an old live version in the same load the archived one is the newer
    assert rows[0]["updated_at"] == day(10, hours=8)


def test_later_runs_search_what_changed_since_a_day_before_the_newest_change(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.add("contacts", 1, day(1))
    crm.add("contacts", 2, day(9, hours=11))
    crm.add("contacts", 3, day(10, hours=12))
    reading.rows("contacts")
    crm.add("contacts", 4, day(14))

    reader = reading.reader("contacts", known=True)
    rows = reading.rows("contacts", reader)

    assert ids(rows) == ["3", "4"]
    assert reader.chapter.is_full_listing is False
    (request,) = searched(vendor)
    (condition,) = request.body["filterGroups"][0]["filters"]
    assert condition == {
        "propertyName": "lastmodifieddate",
        "operator": "GTE",
        "value": str(milliseconds(day(9, hours=12))),
    }
    assert request.body["limit"] == 200


def test_a_change_that_the_index_showed_too_late_is_found_by_the_next_run(
    crm: Crm, reading: Reading
) -> None:
    crm.add("contacts", 1, day(14, hours=20))
    reading.rows("contacts")
    # changed before the newest change that was read, but shown after it
    crm.add("contacts", 2, day(14, hours=19))

    assert "2" in ids(incremental(reading))


def test_companies_deals_and_tickets_have_another_modified_property(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    for kind in ("companies", "deals", "tickets"):
        crm.add(kind, 1, day(1))
        reading.rows(kind)
        incremental(reading, kind)

        (request,) = searched(vendor, kind)
        assert request.body["sorts"] == [
            {"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}
        ]


def test_a_date_in_the_future_does_not_stop_later_rows(crm: Crm, reading: Reading) -> None:
    crm.add("contacts", 1, datetime(2999, 1, 1, tzinfo=UTC))
    reading.rows("contacts")
    crm.add("contacts", 2, day(14, hours=23))

    assert ids(incremental(reading)) == ["2", "1"]


def test_a_full_listing_is_read_again_each_week_and_with_a_from_date(
    crm: Crm, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.add("contacts", 1, day(1))
    reading.rows("contacts")

    def is_listing(today: str, **dates: date) -> bool:
        monkeypatch.setenv("KETTE_TODAY", today)
        reader = reading.reader("contacts", known=True, **dates)
        reading.rows("contacts", reader)
        return reader.chapter.is_full_listing is not False

    assert not is_listing("2026-06-21")
    assert is_listing("2026-06-22")
    assert not is_listing("2026-06-23")
    assert is_listing("2026-06-23", from_date=date(2026, 6, 1))


@pytest.mark.parametrize("order", ["ascending", "shuffled within a page"])
def test_more_rows_than_a_search_shows_are_all_read(
    crm: Crm,
    vendor: Emulator,
    reading: Reading,
    monkeypatch: pytest.MonkeyPatch,
    order: str,
) -> None:
    monkeypatch.setattr(search, "MOST_ROWS", 600)
    crm.most_rows = 600
    crm.add("contacts", 1, day(14))
    reading.rows("contacts")
    for number in range(2, 2002):
        # three rows share each millisecond
        crm.add("contacts", number, day(14, milliseconds=number // 3))
    if order != "ascending":
        answer = crm._search

        def shuffled(kind: str, body: dict[str, Any]) -> Any:
            found = answer(kind, body)
            found["results"].reverse()
            return found

        monkeypatch.setattr(crm, "_search", shuffled)

    rows = incremental(reading)

    assert {int(each) for each in ids(rows)} == set(range(1, 2002))
    assert len(searched(vendor)) < 30


def test_more_rows_of_one_millisecond_than_a_search_shows_are_read_by_their_ids(
    crm: Crm, vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_ROWS", 400)
    crm.most_rows = 400
    crm.add("contacts", 1, day(13))
    reading.rows("contacts")
    for number in range(2, 1002):
        crm.add("contacts", number, day(14))
    crm.add("contacts", 5000, day(14, milliseconds=1))

    rows = incremental(reading)

    assert {int(each) for each in ids(rows)} == {*range(1, 1002), 5000}
    assert len(searched(vendor)) < 20


def test_a_row_that_moves_while_the_pages_are_read_pushes_no_other_out(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.add("contacts", 1, day(13))
    reading.rows("contacts")
    for number in range(2, 502):
        crm.add("contacts", number, day(13, hours=1, seconds=number))
    # after the first page one of its rows changes: all others move up by one
    crm.touch_after = (200, "5")

    assert {int(each) for each in ids(incremental(reading))} == set(range(1, 502))


def test_a_search_never_asks_from_1970_on(crm: Crm, vendor: Emulator, reading: Reading) -> None:
    crm.add("contacts", 1, datetime(1970, 1, 1, 3, tzinfo=UTC))
    reading.settings.start_date = None
    reading.rows("contacts")
    incremental(reading)

    (request,) = searched(vendor)
    assert request.body["filterGroups"][0]["filters"][0]["value"] == "1000"


def test_a_page_that_is_delivered_twice_costs_nothing(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.page_size = 2
    for number in range(1, 6):
        crm.add("contacts", number, day(1))
    first = crm.answer(
        Request("GET", "/crm/v3/objects/contacts", {"properties": "email"}, {}, None)
    )
    # the first request is for the properties, the third for the second page
    vendor.faults[3] = Reply(first)

    assert set(ids(reading.rows("contacts"))) == {"1", "2", "3", "4", "5"}


@pytest.mark.parametrize("way", ["listing", "search"])
def test_a_cursor_that_never_moves_ends_the_run(
    crm: Crm, vendor: Emulator, reading: Reading, way: str
) -> None:
    record = crm.add("contacts", 1, day(14))
    if way == "search":
        reading.rows("contacts")
    before = len(vendor.requests)
    stuck = Reply({"total": 9, "results": [record], "paging": {"next": {"after": "200"}}})
    vendor.faults.update(dict.fromkeys(range(before + 2, before + 50), stuck))

    with pytest.raises(IncompleteAnswerError, match="hubspot contacts: the pages repeat"):
        incremental(reading)

    assert len(vendor.requests) == before + 4


def test_a_search_that_ignores_what_is_asked_ends_the_run(
    crm: Crm, vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_ROWS", 200)
    record = crm.add("contacts", 1, day(14))
    reading.rows("contacts")
    before = len(vendor.requests)
    same = Reply({"total": 900, "results": [record], "paging": {"next": {"after": "200"}}})
    vendor.faults.update(dict.fromkeys(range(before + 2, before + 50), same))

    with pytest.raises(IncompleteAnswerError, match="again and again"):
        incremental(reading)


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"status": "error", "policyName": "TEN_SECONDLY_ROLLING"}, 429),
        Reply({"status": "error", "policyName": "SECONDLY"}, 429, {"Retry-After": "1"}),
        Reply(b"Bad gateway", 502),
        Reply(b"Timeout", 524),
        Reply({"results": []}, reset=True),
        Reply({"status": "error", "message": "internal error"}),
    ],
    ids=["429 burst", "429 with wait", "502", "524", "reset", "error with status 200"],
)
@pytest.mark.parametrize("way", ["listing", "search"])
def test_a_passing_fault_costs_no_record(
    crm: Crm, vendor: Emulator, reading: Reading, fault: Reply, way: str
) -> None:
    for number in range(1, 4):
        crm.add("contacts", number, day(14))
    if way == "search":
        reading.rows("contacts")
    vendor.faults[len(vendor.requests) + 2] = fault

    assert ids(incremental(reading)) == ["1", "2", "3"]


def test_a_cut_run_forgets_nothing(crm: Crm, vendor: Emulator, reading: Reading) -> None:
    for number in range(1, 4):
        crm.add("contacts", number, day(14))
    vendor.faults.update(dict.fromkeys(range(3, 30), Reply(b"", 500)))
    reader = reading.reader("contacts")

    with pytest.raises(Exception, match="500"):
        reading.rows("contacts", reader)

    assert reader.state == {}


def test_the_daily_limit_ends_the_run_at_once(vendor: Emulator, reading: Reading) -> None:
    message = "You have reached your daily limit."
    vendor.faults[1] = Reply({"status": "error", "message": message, "policyName": "DAILY"}, 429)

    with pytest.raises(ResumeLaterError, match="per day"):
        reading.rows("contacts")

    assert len(vendor.requests) == 1


def test_a_missing_scope_is_named(vendor: Emulator, reading: Reading) -> None:
    vendor.faults[1] = Reply(
        {"status": "error", "category": "MISSING_SCOPES", "message": "no"}, 403
    )

    with pytest.raises(MissingRightError, match=r"hubspot deals: .*crm\.objects\.deals\.read"):
        reading.rows("deals")


def test_a_refused_token_is_named_but_not_shown(vendor: Emulator, reading: Reading) -> None:
    vendor.faults[1] = Reply({"status": "error", "message": f"bad token {TOKEN}"}, 401)

    with pytest.raises(CredentialsError, match="SOURCES__HUBSPOT__") as refused:
        reading.rows("contacts")

    assert TOKEN not in str(refused.value)
    assert not isinstance(refused.value, MissingRightError)


def test_long_lists_of_properties_are_asked_for_in_parts_and_joined(
    crm: Crm, vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "LONGEST_PROPERTY_LIST", 200)
    crm.names = [f"property_{number:02}" for number in range(30)]
    crm.page_size = 2
    for number in range(1, 4):
        values = {name: f"{name} of {number}" for name in crm.names}
        crm.add("contacts", number, day(1), properties=values)

    rows = reading.rows("contacts")

    assert ids(rows) == ["1", "2", "3"]
    for row in rows:
        assert {name: row["properties"][name] for name in crm.names} == {
            name: f"{name} of {row['id']}" for name in crm.names
        }
    sizes = [len(r.params["properties"]) for r in vendor.asked("/crm/v3/objects/contacts")]
    assert max(sizes) <= 200


def test_a_page_whose_parts_show_different_versions_is_asked_for_again() -> None:
    old = {"id": "1", "updatedAt": "a", "properties": {"x": "1"}}
    new = {"id": "1", "updatedAt": "b", "properties": {"y": "2"}}

    assert api.join_parts([[old], [new]]) is None
    assert api.join_parts([[old], []]) is None
    assert api.join_parts([[old], [{**new, "updatedAt": "a"}]]) == [
        {"id": "1", "updatedAt": "a", "properties": {"x": "1", "y": "2"}}
    ]


def test_names_are_cut_into_lists_that_fit_once_they_are_encoded() -> None:
    # each name takes 3 characters for its comma and 9 for "ä_b" (two bytes of %XX and two letters)
    assert api.property_chunks(["ä_b", "ä_b", "ä_b"], 24) == ["ä_b,ä_b", "ä_b"]
    assert api.property_chunks(["too_long_for_any"], 5) == ["too_long_for_any"]


def test_records_from_before_the_start_date_are_left_out_and_that_is_noted(
    crm: Crm, reading: Reading
) -> None:
    crm.add("contacts", 1, datetime(2019, 12, 31, 23, tzinfo=UTC))
    crm.add("contacts", 2, datetime(2020, 1, 1, tzinfo=UTC))
    reader = reading.reader("contacts")

    assert ids(reading.rows("contacts", reader)) == ["2"]
    assert "2020-01-01" in next(iter(reader.chapter.notes))


def test_records_that_are_no_objects_are_quarantined(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    good = crm.add("contacts", 1, day(1))
    vendor.faults[2] = Reply({"results": ["nonsense", {"id": "2", "properties": None}, good]})
    reader = reading.reader("contacts")

    assert ids(reading.rows("contacts", reader)) == ["1"]
    assert len(reader.chapter.rejects) == 2


def test_owners_who_have_left_are_read_too(reading: Reading) -> None:
    rows = reading.rows("owners")

    assert [(row["id"], row["archived"]) for row in rows] == [("8", False), ("9", True)]


def read_all(reading: Reading, *, known: bool = False) -> tuple[list[dict[str, Any]], list[str]]:
    """Read objects and associations as a run does; return the associations and what they cover."""
    reading.shared.clear()
    for kind in ("contacts", "companies", "deals", "tickets"):
        reading.rows(kind, reading.reader(kind, known=known))
    reader = reading.reader("associations", known=known)
    return reading.rows("associations", reader), list(reader.chapter.covered)


def test_associations_are_read_to_their_last_page_and_cover_objects_that_have_none(
    crm: Crm, reading: Reading
) -> None:
    crm.add("deals", 1, day(1))
    crm.add("deals", 2, day(1))
    crm.links = {("deals", "1", "contacts"): [11, 12, 13, 14, 15], ("deals", "1", "companies"): [7]}

    rows, covered = read_all(reading)

    assert sorted((row["to_object_type"], str(row["to_object_id"])) for row in rows) == [
        ("companies", "7"),
        *(("contacts", str(number)) for number in range(11, 16)),
    ]
    assert {row["from_key"] for row in rows} == {"deals:1"}
    assert rows[0]["types"] == [{"category": "HUBSPOT_DEFINED", "typeId": 1, "label": None}]
    assert covered == ["deals:1", "deals:2"]


def test_only_touched_objects_are_asked_for_their_associations(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.add("tickets", 1, day(1))
    crm.add("tickets", 2, day(10))
    read_all(reading)
    crm.add("tickets", 3, day(14))

    _, covered = read_all(reading, known=True)

    assert covered == ["tickets:2", "tickets:3"]


def test_associations_that_a_failed_run_left_out_are_read_by_the_next_one(
    crm: Crm, reading: Reading
) -> None:
    crm.add("tickets", 1, day(1))
    crm.add("tickets", 2, day(14))
    # the objects were loaded, the associations were not
    reading.rows("tickets")
    crm.links = {("tickets", "1", "contacts"): [11]}

    rows, covered = read_all(reading, known=True)

    assert covered == ["tickets:1", "tickets:2"]
    assert [row["to_object_id"] for row in rows] == [11]


def test_objects_that_failed_leave_their_associations_for_the_next_run(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.add("contacts", 1, day(1))
    reader = reading.reader("associations")

    assert reading.rows("associations", reader) == []
    assert not reader.chapter.covered
    assert reader.state == {}


def test_an_answer_about_other_objects_covers_nothing(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.add("contacts", 1, day(1))
    reading.rows("contacts")
    foreign = {"results": [{"from": {"id": "99"}, "to": [{"toObjectId": 1}]}]}
    before = len(vendor.requests)
    vendor.faults.update(dict.fromkeys(range(before + 1, before + 9), Reply(foreign)))
    reader = reading.reader("associations")

    with pytest.raises(IncompleteAnswerError, match="other objects"):
        reading.rows("associations", reader)

    assert not reader.chapter.covered
    assert len(vendor.requests) == before + associations.TRIES


def test_a_batch_that_failed_in_part_is_refused(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.add("contacts", 1, day(1))
    reading.rows("contacts")
    body = {"results": [], "numErrors": 1, "errors": [{"category": "INTERNAL_ERROR"}]}
    vendor.faults[len(vendor.requests) + 1] = Reply(body, 207)

    with pytest.raises(IncompleteAnswerError, match="INTERNAL_ERROR"):
        reading.rows("associations", reading.reader("associations"))


def test_each_object_is_asked_once_although_the_look_back_reads_it_again(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 4):
        crm.add("contacts", number, day(14))
    read_all(reading)
    before = len(vendor.requests)

    read_all(reading, known=True)

    (request,) = (r for r in vendor.requests[before:] if "/v4/associations/contacts" in r.path)
    assert Counter(given["id"] for given in request.body["inputs"]) == {"1": 1, "2": 1, "3": 1}
