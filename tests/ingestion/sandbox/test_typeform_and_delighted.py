"""The sandbox speaks Typeform and Delighted; a demo reads them only on request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ingestion.sandbox import credentials, vendors
from ingestion.sandbox.environment import environment
from ingestion.sandbox.server import Sandbox, serve_in_thread
from tests.ingestion.sandbox.handmade import HTTP, at_ms, at_s, hurrying, write_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BEARER = {"Authorization": f"Bearer {credentials.TYPEFORM_ACCESS_TOKEN}"}
BASIC = httpx.BasicAuth(credentials.DELIGHTED_API_KEY, "")


def response(number: int, *, submitted: bool = True) -> dict[str, Any]:
    landed = at_ms("2025-03-01 10:00") + number * 3_600_000
    return {
        "token": f"t{number:03}", "form_id": "f1", "landed_ms": landed, "hidden_json": "{}",
        "submitted_ms": landed + 90_000 if submitted else None, "score": 5,
        "answers_json": '[{"field":{"id":"q","type":"nps"},"type":"number","number":9}]',
    }  # fmt: skip


def answered(number: int) -> dict[str, Any]:
    return {
        "id": f"{number:03}", "person": "77", "survey_type": "ces", "score": 6,
        "created_ms": at_ms("2025-03-01 10:00") + number * 1000, "tags_json": '["seen"]',
        "updated_ms": at_ms("2025-03-02 10:00") - number * 1000,
    }  # fmt: skip


COMPANY = {
    "typeform/forms": [{"id": "f1", "title": "F", "language": "de", "created_ms": 1,
                        "updated_ms": 1, "fields_json": '[{"id":"q","type":"nps"}]'}],
    "typeform/responses": [*(response(n) for n in range(1, 31)), response(31, submitted=False)],
    "delighted/people": [{"id": "77", "email": "a@x.example", "name": "A", "created_ms": 1000,
                          "last_sent_ms": 2000}],
    "delighted/survey_responses": [answered(number) for number in range(1, 26)],
}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = write_world(tmp_path_factory.mktemp("company"), COMPANY)
    with serve_in_thread(folder, clock=hurrying()) as running:
        yield running


def forms(sandbox: Sandbox, path: str = "/f1/responses", **params: str) -> httpx.Response:
    return HTTP.get(f"{sandbox.base_url}/typeform/forms{path}", params=params, headers=BEARER)


def answers(sandbox: Sandbox, **params: str) -> list[dict[str, Any]]:
    url = f"{sandbox.base_url}/delighted/v1/survey_responses.json"
    found = HTTP.get(url, params=params, auth=BASIC)
    assert found.status_code == 200, found.text
    return list(found.json())


def tokens(found: httpx.Response) -> list[str]:
    return [item["token"] for item in found.json()["items"]]


def test_responses_come_newest_first_and_go_on_before_a_token(sandbox: Sandbox) -> None:
    first = forms(sandbox, page_size="20")
    assert (first.json()["total_items"], first.json()["page_count"]) == (30, 2)
    assert tokens(first)[0] == "t030"
    assert tokens(forms(sandbox, page_size="20", before=tokens(first)[-1])) == [
        f"t{number:03}" for number in range(10, 0, -1)
    ]
    assert tokens(forms(sandbox, before="t001")) == []
    assert forms(sandbox, before="nobody").status_code == 400
    assert forms(sandbox, page_size="1001").status_code == 400


def test_since_and_until_are_times_of_submission(sandbox: Sandbox) -> None:
    span = {"since": "2025-03-01T12:01:30Z", "until": "2025-03-01T13:01:30Z"}
    assert tokens(forms(sandbox, **span)) == ["t003", "t002"]


def test_what_was_not_submitted_shows_on_demand_in_the_year_one(sandbox: Sandbox) -> None:
    assert "t031" not in tokens(forms(sandbox, page_size="1000"))
    (begun,) = forms(sandbox, response_type="started").json()["items"]
    assert (begun["submitted_at"], "answers" in begun) == ("0001-01-01T00:00:00Z", False)
    done = forms(sandbox, page_size="1").json()["items"][0]
    assert (done["calculated"], done["answers"][0]["number"]) == ({"score": 5}, 9)


def test_forms_are_listed_and_told_with_their_fields(sandbox: Sandbox) -> None:
    assert [item["id"] for item in forms(sandbox, "").json()["items"]] == ["f1"]
    assert forms(sandbox, "/f1").json()["fields"] == json.loads('[{"id":"q","type":"nps"}]')
    assert forms(sandbox, "/none/responses").status_code == 404


def test_two_requests_a_second_are_answered(tmp_path: Path) -> None:
    with serve_in_thread(write_world(tmp_path), clock=lambda: 0.0) as still:
        found = [forms(still, "") for _ in range(3)]
    assert [each.status_code for each in found] == [200, 200, 429]
    assert found[-1].headers["Retry-After"] == "1"


def test_pages_have_twenty_answers_and_end_with_an_empty_one(sandbox: Sandbox) -> None:
    pages = [answers(sandbox, page=str(page)) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [20, 5, 0]
    assert pages[0][0]["created_at"] == at_s("2025-03-01 10:00") + 1
    url = f"{sandbox.base_url}/delighted/v1/survey_responses.json"
    assert HTTP.get(url, params={"per_page": "101"}, auth=BASIC).status_code == 422
    assert HTTP.get(url).status_code == 401


def test_answers_are_ordered_and_filtered_by_their_last_change(sandbox: Sandbox) -> None:
    since = str(at_s("2025-03-02 10:00") - 3)
    found = answers(sandbox, updated_since=since, order="asc:updated_at")
    assert [each["id"] for each in found] == ["003", "002", "001"]


def test_a_person_is_an_id_unless_it_is_expanded(sandbox: Sandbox) -> None:
    assert answers(sandbox, per_page="1")[0]["person"] == "77"
    expanded = answers(sandbox, **{"per_page": "1", "expand[]": "person"})
    assert expanded[0]["person"]["email"] == "a@x.example"


def test_a_demo_reads_all_or_those_that_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_world(tmp_path)

    def sources() -> set[str]:
        return {name.split("__")[1] for name in environment("http://127.0.0.1:1", folder)}

    assert sources() == {name.upper() for name in vendors.names()}
    monkeypatch.setenv("KETTE_SANDBOX_ONLY", "typeform, delighted")
    assert sources() == {"TYPEFORM", "DELIGHTED"}
