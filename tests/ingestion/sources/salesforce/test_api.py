"""Salesforce's protocol: signing in, sessions that end, limits, and what a refusal means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ingestion.errors import (
    CredentialsError,
    IncompleteAnswerError,
    KetteError,
    MissingRightError,
    ResumeLaterError,
)
from ingestion.sources import salesforce
from tests.ingestion.sources.emulator import Emulator, Reading, Reply
from tests.ingestion.sources.salesforce.org import DATA, REFRESH, SECRET, Org, day, error, numbers

if TYPE_CHECKING:
    from typing import Any


def test_a_refresh_token_signs_in_and_without_one_the_app_does(org: Org, reading: Reading) -> None:
    org.add(1, day(1))
    assert numbers(reading.rows("contacts")) == [1]
    reading.settings.refresh_token = None
    reading.rows("contacts")

    assert [form["grant_type"] for form in org.sign_ins] == ["refresh_token", "client_credentials"]
    assert org.sign_ins[0]["refresh_token"] == REFRESH


def test_a_session_that_ends_in_the_middle_of_a_listing_is_renewed_once(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 6):
        org.add(number, day(number))
    # sign-in, description, count, first page, and now the second page
    vendor.faults[5] = error("INVALID_SESSION_ID", 401, "Session expired or invalid")

    assert numbers(reading.rows("contacts")) == [1, 2, 3, 4, 5]
    assert len(org.sign_ins) == 2
    assert vendor.requests[5].path == "/services/oauth2/token"
    assert "Authorization" not in vendor.requests[5].headers


def test_a_new_session_that_is_refused_as_well_ends_the_run(
    vendor: Emulator, reading: Reading
) -> None:
    refusal = error("INVALID_SESSION_ID", 401)
    vendor.faults.update({2: refusal, 4: refusal})

    with pytest.raises(CredentialsError, match="a new session is refused"):
        reading.rows("contacts")
    assert len(vendor.requests) == 4


def test_a_rotated_refresh_token_is_used_within_the_run(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    org.add(1, day(1))
    org.rotated = "rotated-secret"
    vendor.faults[4] = error("INVALID_SESSION_ID", 401)

    assert numbers(reading.rows("contacts")) == [1]
    assert [form["refresh_token"] for form in org.sign_ins] == [REFRESH, "rotated-secret"]


def test_a_refused_sign_in_is_explained_and_no_secret_is_shown(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    reading.settings.client_secret = "wrong"
    with pytest.raises(CredentialsError, match="SOURCES__SALESFORCE__") as refused:
        reading.rows("contacts")

    assert "invalid_client" in str(refused.value)
    vendor.faults[2] = Reply({"error": "invalid_grant", "error_description": SECRET}, 400)
    reading.settings.client_secret = SECRET
    with pytest.raises(CredentialsError, match="invalid_grant") as refused:
        reading.rows("contacts")
    assert SECRET not in str(refused.value)
    assert reading.reader("contacts").client.answered == 0


def test_a_sign_in_without_a_token_is_no_session(vendor: Emulator, reading: Reading) -> None:
    vendor.faults[1] = Reply({"instance_url": "", "access_token": ""})
    with pytest.raises(IncompleteAnswerError, match="no token or no address"):
        reading.rows("contacts")


@pytest.mark.parametrize(
    ("refusal", "kind", "said"),
    [
        (error("API_DISABLED_FOR_ORG", 403), CredentialsError, "API Enabled"),
        (error("INSUFFICIENT_ACCESS", 403, "no access"), MissingRightError, "no access"),
        (error("REQUEST_LIMIT_EXCEEDED", 403), ResumeLaterError, "24 hours"),
        (error("INVALID_FIELD", 400, "No such column"), KetteError, "INVALID_FIELD"),
    ],
    ids=["API disabled", "right missing", "REQUEST_LIMIT_EXCEEDED", "INVALID_FIELD"],
)
def test_errors_come_as_lists_and_their_codes_are_understood(
    vendor: Emulator, reading: Reading, refusal: Reply, kind: type[KetteError], said: str
) -> None:
    vendor.faults[3] = refusal
    with pytest.raises(kind, match=said):
        reading.rows("contacts")
    # it is not asked for again
    assert len(vendor.requests) == 3


def test_the_run_stops_before_it_uses_up_the_orgs_api_requests(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 4):
        org.add(number, day(number))
    org.usage = "api-usage=11999/15000; per-app-api-usage=1/2(appName=kette)"
    assert numbers(reading.rows("contacts")) == [1, 2, 3]
    org.usage = "api-usage=12000/15000"
    before = len(vendor.requests)

    with pytest.raises(ResumeLaterError, match="12000 of the org's 15000"):
        reading.rows("contacts")
    assert len(vendor.requests) == before + 2


def test_an_object_the_user_may_not_see_is_left_out_with_a_note(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    org.hidden.add("Case")
    reader = reading.reader("cases", known=True)

    assert reading.rows("cases", reader) == []
    assert list(reader.chapter.notes) == ["the user may not see Case: it is left out"]
    # what is stored of it is not taken for gone
    assert reader.chapter.is_partial
    assert [request.path for request in vendor.requests[1:]] == [f"{DATA}/sobjects/Case/describe"]


@pytest.mark.parametrize(
    "fault",
    [
        Reply([{"message": "slow down", "errorCode": "X"}], 429),
        Reply([{"message": "slow down", "errorCode": "X"}], 429, {"Retry-After": "1"}),
        Reply(b"Bad gateway", 502),
        Reply([{"message": "busy", "errorCode": "SERVER_UNAVAILABLE"}], 503),
        Reply({"records": []}, reset=True),
        Reply(b"<html>Maintenance</html>"),
    ],
    ids=["429", "429 with wait", "502", "503", "reset", "web page"],
)
def test_a_passing_fault_costs_no_record(
    org: Org, vendor: Emulator, reading: Reading, fault: Reply
) -> None:
    for number in range(1, 6):
        org.add(number, day(number))
    vendor.faults[5] = fault

    assert numbers(reading.rows("contacts")) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("changed", "setting"),
    [({"api_version": "v61"}, "API_VERSION"), ({"most_api_percent": 0}, "MOST_API_PERCENT")],
)
def test_settings_of_the_wrong_form_are_refused_by_name(
    changed: dict[str, Any], setting: str
) -> None:
    settings = salesforce.SalesforceSettings(base_url="https://x.example", **changed)
    with pytest.raises(KetteError, match=f"SOURCES__SALESFORCE__{setting}"):
        settings.check()


def test_an_instance_without_encryption_is_refused(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    vendor.faults[1] = Reply({"access_token": "t", "instance_url": "ftp://elsewhere.example"})
    with pytest.raises(CredentialsError, match="not encrypted"):
        reading.rows("contacts")
