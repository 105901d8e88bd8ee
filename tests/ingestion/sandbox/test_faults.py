"""The sandbox misbehaves as planned: each fault is what a client would really meet."""

from __future__ import annotations

import email.utils
import gzip
import http.client
import json
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ingestion.sandbox import bad_records, credentials, faults
from ingestion.sandbox.faults import at
from ingestion.sandbox.server import Sandbox, serve_in_thread
from tests.ingestion.sandbox.handmade import (
    CHARTMOGUL,
    HTTP,
    HUBSPOT,
    MIXPANEL,
    TAWK,
    at_ms,
    event,
    hurrying,
    write_world,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXPORT = "/mixpanel/data/api/2.0/export"
IDS = [f"i-{number:03d}" for number in range(100)]
COMPANY = {
    "mixpanel/events": [event("2025-03-01 10:00:00", insert_id) for insert_id in IDS],
    "chartmogul/customers": [
        {
            "uuid": f"cus_{number}", "id": number, "created_ms": number, "status": "Active",
            "external_ids_json": "[]", "data_source_uuids_json": "[]", "custom_json": "{}",
            "tags_json": "[]", "customer_since_s": 5,
        }
        for number in range(6)
    ],
    "hubspot/contacts": [
        {
            "id": str(number), "created_ms": at_ms("2025-01-01"),
            "updated_ms": at_ms("2025-01-01"), "properties_json": '{"email":"a@b.example"}',
        }
        for number in range(1, 7)
    ],
    "tawk/chats": [
        {
            "chat_id": "c-1", "created_ms": 1, "updated_ms": 1, "is_deleted": False,
            "visitor_name": "V1", "tags_json": "[]",
        }
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_world(tmp_path_factory.mktemp("company"), COMPANY)


@pytest.fixture
def sandbox(folder: Path) -> Iterator[Sandbox]:
    with serve_in_thread(folder, clock=hurrying()) as running:
        yield running


def export(sandbox: Sandbox) -> httpx.Response:
    params = {
        "project_id": str(credentials.MIXPANEL_PROJECT_ID),
        "from_date": "2025-03-01",
        "to_date": "2025-03-01",
    }
    return HTTP.get(sandbox.base_url + EXPORT, params=params, auth=MIXPANEL)


def customers(sandbox: Sandbox, **params: str) -> httpx.Response:
    url = f"{sandbox.base_url}/chartmogul/v1/customers"
    return HTTP.get(url, params={"per_page": "2", **params}, auth=CHARTMOGUL)


def contacts(sandbox: Sandbox, **params: str) -> httpx.Response:
    url = f"{sandbox.base_url}/hubspot/crm/v3/objects/contacts"
    return HTTP.get(url, params={"limit": "2", **params}, headers=HUBSPOT)


def raw(sandbox: Sandbox, accepted: str) -> http.client.HTTPResponse:
    """Return an export's answer before any unpacking."""
    connection = http.client.HTTPConnection(sandbox.base_url.removeprefix("http://"), timeout=10)
    request = httpx.Request("GET", "http://x", headers={})
    (signed,) = list(MIXPANEL.sync_auth_flow(request))[:1]
    query = f"project_id={credentials.MIXPANEL_PROJECT_ID}&from_date=2025-03-01&to_date=2025-03-01"
    headers = {"Authorization": signed.headers["Authorization"], "Accept-Encoding": accepted}
    connection.request("GET", f"{EXPORT}?{query}", headers=headers)
    return connection.getresponse()


def test_a_fault_meets_the_planned_requests_of_its_source_and_path_only(sandbox: Sandbox) -> None:
    sandbox.faults.add(at("chartmogul", "*/customers", (2, 3), faults.status(503)))
    codes = [customers(sandbox).status_code for _ in range(4)]
    assert codes == [200, 503, 503, 200]
    assert {contacts(sandbox).status_code for _ in range(4)} == {200}


def test_a_fault_without_numbers_meets_every_request(sandbox: Sandbox) -> None:
    sandbox.faults.add(at("hubspot", "*", None, faults.status(502)))
    assert {contacts(sandbox).status_code for _ in range(3)} == {502}


def test_requests_are_kept_with_their_moment_and_what_they_were_answered(sandbox: Sandbox) -> None:
    sandbox.faults.add(at("chartmogul", "*", 2, faults.too_many(1)))
    customers(sandbox)
    customers(sandbox, cursor="")
    HTTP.post(f"{sandbox.base_url}/tawk/v1/agent.me", json={"a": 1}, auth=TAWK)
    told = [(seen.source, seen.method, seen.status) for seen in sandbox.requests]
    assert told == [("chartmogul", "GET", 200), ("chartmogul", "GET", 429), ("tawk", "POST", 200)]
    assert sandbox.requests[1].params == {"per_page": "2", "cursor": ""}
    assert json.loads(sandbox.requests[2].body) == {"a": 1}
    moments = [seen.at for seen in sandbox.requests]
    assert moments == sorted(moments)


@pytest.mark.parametrize(
    ("source", "field"),
    [
        ("mixpanel", "error"),
        ("chartmogul", "message"),
        ("tawk", "error"),
        ("hubspot", "policyName"),
    ],
)
def test_too_many_is_said_in_the_vendors_form(sandbox: Sandbox, source: str, field: str) -> None:
    sandbox.faults.add(at(source, "*", None, faults.too_many(7)))
    answer = HTTP.get(f"{sandbox.base_url}/{source}/anything")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert field in answer.json()


def test_when_to_come_back_may_be_a_date_or_not_be_told(sandbox: Sandbox) -> None:
    sandbox.faults.add(
        at("hubspot", "*", 1, faults.too_many(3600, as_date=True)),
        at("hubspot", "*", 2, faults.too_many()),
    )
    told = email.utils.parsedate_to_datetime(contacts(sandbox).headers["retry-after"])
    assert 3000 < (told - datetime.now(UTC)).total_seconds() <= 3600
    assert "retry-after" not in contacts(sandbox).headers


def test_a_connection_is_reset_within_a_body(sandbox: Sandbox) -> None:
    sandbox.faults.add(at("mixpanel", "*/export", 1, faults.reset()))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        export(sandbox)
    assert len(export(sandbox).content.splitlines()) == 100


def test_a_connection_is_reset_before_any_answer(sandbox: Sandbox) -> None:
    sandbox.faults.add(at("hubspot", "*", 1, faults.reset(after=None)))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        contacts(sandbox)
    assert [seen.status for seen in sandbox.requests] == [0]
    assert contacts(sandbox).status_code == 200


def test_a_gzip_body_without_its_trailer_looks_whole(sandbox: Sandbox) -> None:
    sandbox.faults.add(at("mixpanel", "*/export", 1, faults.cut_gzip()))
    cut = raw(sandbox, "gzip")
    body = cut.read()
    assert cut.headers["content-encoding"] == "gzip"
    unpacker = zlib.decompressobj(wbits=31)
    lines = unpacker.decompress(body).splitlines()
    assert (len(lines), unpacker.eof) == (50, False)
    whole = raw(sandbox, "gzip").read()
    assert len(gzip.decompress(whole).splitlines()) == 100


def test_a_body_is_cut_at_the_end_of_a_line_with_valid_framing(sandbox: Sandbox) -> None:
    sandbox.faults.add(at("mixpanel", "*/export", 1, faults.cut(at_line_end=True)))
    lines = export(sandbox).content.splitlines()
    assert len(lines) == 50
    assert json.loads(lines[-1])["event"] == "Page Viewed"


def test_a_json_body_is_cut_anywhere(sandbox: Sandbox) -> None:
    sandbox.faults.add(at("hubspot", "*", 1, faults.cut()))
    with pytest.raises(ValueError, match=r"."):
        contacts(sandbox).json()


def test_an_export_ends_with_terminated_early(sandbox: Sandbox) -> None:
    sandbox.faults.add(at("mixpanel", "*/export", 1, faults.terminated_early()))
    answer = export(sandbox)
    lines = answer.content.splitlines()
    assert (answer.status_code, len(lines), lines[-1]) == (200, 51, b"terminated early")


def test_records_are_split_over_physical_lines(sandbox: Sandbox) -> None:
    sandbox.faults.add(at("mixpanel", "*/export", 1, faults.split_lines(every=10)))
    body = export(sandbox).content
    assert len(body.splitlines()) == 110
    decoder, text, found = json.JSONDecoder(), body.decode(), []
    while text.strip():
        record, end = decoder.raw_decode(text.lstrip())
        found.append(record["properties"]["$insert_id"])
        text = text.lstrip()[end:]
    assert found == IDS


def test_a_page_comes_twice(sandbox: Sandbox) -> None:
    sandbox.faults.add(at("hubspot", "*/contacts", 2, faults.repeat_page()))
    first = contacts(sandbox).json()
    after = first["paging"]["next"]["after"]
    assert contacts(sandbox, after=after).json() == first
    assert [one["id"] for one in contacts(sandbox, after=after).json()["results"]] == ["3", "4"]


def test_a_cursor_is_handed_out_again(sandbox: Sandbox) -> None:
    sandbox.faults.add(
        at("chartmogul", "*/customers", None, faults.repeat_cursor()),
        at("hubspot", "*", None, faults.repeat_cursor()),
    )
    cursor = customers(sandbox).json()["cursor"]
    page = customers(sandbox, cursor=cursor).json()
    assert (page["cursor"], page["has_more"]) == (cursor, True)
    assert contacts(sandbox, after="3").json()["paging"]["next"]["after"] == "3"


def answer_to(sandbox: Sandbox, source: str) -> str:
    if source == "mixpanel":
        return export(sandbox).text
    if source == "chartmogul":
        return customers(sandbox).text
    if source == "hubspot":
        return contacts(sandbox).text
    body = {"propertyId": credentials.TAWK_PROPERTY_ID}
    return HTTP.post(f"{sandbox.base_url}/tawk/v1/chat.list", json=body, auth=TAWK).text


def records(text: str, source: str) -> list[dict[str, Any]]:
    if source == "mixpanel":
        return [json.loads(line) for line in text.split("\n") if line]
    page = json.loads(text)
    found: list[dict[str, Any]] = page[
        {"chartmogul": "entries", "tawk": "data"}.get(source, "results")
    ]
    return found


@pytest.mark.parametrize("kind", bad_records.KINDS)
@pytest.mark.parametrize("source", ["mixpanel", "chartmogul", "tawk", "hubspot"])
def test_one_bad_record_is_added_and_the_true_ones_stay(
    sandbox: Sandbox, source: str, kind: str
) -> None:
    sandbox.faults.add(at(source, "*", 2, faults.bad_record(kind)))
    true, faulty = answer_to(sandbox, source), answer_to(sandbox, source)
    found = records(faulty, source)
    bad = found.pop(1)
    assert found == records(true, source)
    assert bad not in found


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("null_key", '"id": null'),
        ("blank_key", '"id": "  "'),
        ("nul", '"a\\u0000b"'),
        ("nan", '"note": NaN'),
        ("infinity", '"note": -Infinity'),
        ("lone_surrogate", '"note": "\\ud800"'),
        ("big_integer", f'"note": {2**70}'),
        ("wrong_type", '"createdAt": {"not": "a time"}'),
    ],
)
def test_a_bad_record_is_bad_in_its_own_way(sandbox: Sandbox, kind: str, text: str) -> None:
    sandbox.faults.add(at("hubspot", "*", 1, faults.bad_record(kind)))
    assert text in contacts(sandbox).text


def test_an_oversize_record_has_more_than_a_megabyte(sandbox: Sandbox) -> None:
    sandbox.faults.add(at("mixpanel", "*/export", 1, faults.bad_record("oversize")))
    assert max(len(line) for line in export(sandbox).content.splitlines()) > 1_000_000


@pytest.mark.parametrize(
    ("fault", "code", "kind", "start"),
    [
        (faults.html(), 200, "text/html", "<!DOCTYPE html>"),
        (faults.json_error(), 200, "application/json", '{"status": "error"'),
        (faults.empty(), 200, "application/json", ""),
        (faults.no_content(), 204, "", ""),
        (faults.status(500), 500, "text/plain", "Something went wrong"),
    ],
    ids=["web page", "error", "nothing", "no content", "plain text"],
)
def test_an_answer_is_something_else(
    sandbox: Sandbox, fault: Any, code: int, kind: str, start: str
) -> None:
    sandbox.faults.add(at("hubspot", "*", 1, fault))
    answer = contacts(sandbox)
    assert (answer.status_code, answer.headers.get("content-type", "")) == (code, kind)
    assert answer.text.startswith(start)
    assert bool(answer.text) == bool(start)


def test_a_client_is_sent_to_another_host(sandbox: Sandbox) -> None:
    sandbox.faults.add(at("hubspot", "*", 1, faults.redirect("http://localhost:1/x")))
    answer = contacts(sandbox)
    assert (answer.status_code, answer.headers["location"]) == (302, "http://localhost:1/x")


def test_a_body_drips_whole(sandbox: Sandbox) -> None:
    sandbox.faults.add(at("hubspot", "*", 2, faults.drip(pause=0, size=50)))
    true = contacts(sandbox).json()
    assert contacts(sandbox).json() == true


def test_a_silent_vendor_outlasts_a_short_patience(sandbox: Sandbox) -> None:
    sandbox.faults.add(at("hubspot", "*", 1, faults.hang(0.5)))
    url = f"{sandbox.base_url}/hubspot/crm/v3/owners/"
    with pytest.raises(httpx.ReadTimeout):
        HTTP.get(url, headers=HUBSPOT, timeout=0.05)


def test_faults_come_one_after_the_other(sandbox: Sandbox) -> None:
    turn = faults.in_turn([faults.status(500), faults.status(503)])
    sandbox.faults.add(at("hubspot", "*", None, turn))
    assert [contacts(sandbox).status_code for _ in range(3)] == [500, 503, 503]
