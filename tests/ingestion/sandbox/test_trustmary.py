"""The sandbox speaks Trustmary as its documentation and its plugin show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingestion.sandbox import credentials
from ingestion.sandbox.server import Sandbox, serve_in_thread
from tests.ingestion.sandbox.handmade import HTTP, at_ms, hurrying, write_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

KEY = {"Authorization": f"Apikey {credentials.TRUSTMARY_API_KEY}"}
MOMENT = at_ms("2025-03-01 10:00")


def contact(number: int, **more: object) -> dict[str, Any]:
    return {
        "id": f"c{number}", "email": f"p{number}@kunde.example", "name": "Aino Berg",
        "type": "customer", "created_ms": MOMENT + number, "updated_ms": MOMENT + number, **more,
    }  # fmt: skip


COMPANY = {
    "trustmary/contacts": [
        *(contact(number) for number in range(1, 451)),
        contact(451, deleted_ms=MOMENT + 9000),
    ],
    "trustmary/surveys": [
        {"id": "s1", "type": "customer", "name": "NPS", "count": 3, "created_ms": MOMENT,
         "updated_ms": MOMENT},
        {"id": "s2", "type": "employee", "name": "Team", "count": 0, "created_ms": MOMENT,
         "updated_ms": MOMENT, "deleted_ms": MOMENT + 5},
    ],
    "trustmary/answers": [
        {"id": "a1", "survey_id": "s1", "survey_name": "NPS", "contact_id": "c1", "nps": 9,
         "custom_json": '{"q1": "4", "q2": ["x"]}', "feedback": "quick", "public_consent": True,
         "no_public_consent": False, "created_ms": MOMENT, "updated_ms": MOMENT + 60_000},
        {"id": "a2", "survey_id": "s1", "survey_name": "NPS", "public_consent": False,
         "no_public_consent": True, "created_ms": MOMENT + 1, "updated_ms": MOMENT + 1},
    ],
    "trustmary/reviews": [
        {"eid": "g1", "source": "google", "nps": 8, "published": True, "created_ms": MOMENT,
         "updated_ms": MOMENT + 7, "deleted_ms": MOMENT + 7},
    ],
    "trustmary/invitations": [
        {"id": "i1", "survey_id": "s1", "contact_id": "c1", "channel": "email",
         "sent_ms": MOMENT, "score_if_asked": 3, "person_id": "p_1", "answer_chance": 0.4},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = write_world(tmp_path_factory.mktemp("company"), COMPANY)
    with serve_in_thread(folder, clock=hurrying()) as running:
        yield running


def get(sandbox: Sandbox, path: str, **params: str) -> httpx.Response:
    return HTTP.get(f"{sandbox.base_url}/trustmary/v1{path}", params=params, headers=KEY)


def test_a_key_behind_another_word_is_refused(sandbox: Sandbox) -> None:
    for header in ({}, {"Authorization": f"Bearer {credentials.TRUSTMARY_API_KEY}"}):
        answer = HTTP.get(f"{sandbox.base_url}/trustmary/v1/test", headers=header)
        assert answer.status_code == 401
    assert get(sandbox, "/test").json()["message"] == "Your API key is working"


def test_lists_are_bare_arrays_that_end_with_an_empty_one(sandbox: Sandbox) -> None:
    pages = [get(sandbox, "/contacts", offset=str(at)).json() for at in (0, 200, 400, 450)]
    assert [len(page) for page in pages] == [200, 200, 50, 0]
    assert [each["id"] for page in pages for each in page] == [f"c{n}" for n in range(1, 451)]


def test_deleted_contacts_show_on_demand(sandbox: Sandbox) -> None:
    (gone,) = get(sandbox, "/contacts", includeAll="true", offset="450").json()
    assert (gone["id"], gone["deleted_at"]) == ("c451", "2025-03-01T10:00:09.000+00:00")
    (found,) = get(sandbox, "/contacts", email="p7@kunde.example").json()
    assert (found["id"], found["firstname"], found["lastname"]) == ("c7", "Aino", "Berg")


def test_surveys_are_listed_by_type_and_told_by_id(sandbox: Sandbox) -> None:
    assert [each["id"] for each in get(sandbox, "/surveys").json()] == ["s1", "s2"]
    assert [each["id"] for each in get(sandbox, "/surveys", type="employee").json()] == ["s2"]
    assert get(sandbox, "/survey/s1").json()["count"] == 3
    assert get(sandbox, "/survey/none/responses").status_code == 404


def test_consents_are_the_text_true_or_nothing(sandbox: Sandbox) -> None:
    second, first = get(sandbox, "/survey/s1/responses").json()
    assert first["answer_id"] == "a1"
    assert first["answer_values"] == {
        "nps": 9, "custom": {"q1": "4", "q2": ["x"]}, "feedback": "quick", "comment": "",
        "name": "", "email": "", "organization": "", "location": "", "imageFilename": "",
        "publicConsent": "true", "noPublicConsent": "",
    }  # fmt: skip
    assert first["contact"]["email"] == "p1@kunde.example"
    assert first["created_at"] == "2025-03-01T10:00:00.000+00:00"
    assert (second["contact"], "nps" in second["answer_values"]) == (None, False)
    assert second["answer_values"]["noPublicConsent"] == "true"


def test_invitations_do_not_tell_what_is_behind_them(sandbox: Sandbox) -> None:
    assert get(sandbox, "/invitations").json() == [
        {"id": "i1", "survey_id": "s1", "contact_id": "c1", "channel": "email", "answer_id": None,
         "sent_at": "2025-03-01T10:00:00.000+00:00"}
    ]  # fmt: skip


def test_a_review_that_was_taken_back_says_when(sandbox: Sandbox) -> None:
    (review,) = get(sandbox, "/reviews").json()
    assert (review["eid"], review["deleted_at"]) == ("g1", "2025-03-01T10:00:00.007+00:00")


def test_too_many_calls_a_second_are_refused_for_a_second(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = write_world(tmp_path_factory.mktemp("limited"))
    with serve_in_thread(folder, clock=lambda: 0.0) as still:
        answers = [get(still, "/lists") for _ in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert answers[-1].headers["Retry-After"] == "1"
