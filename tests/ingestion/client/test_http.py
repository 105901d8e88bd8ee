"""The one client: what is waited for, what is asked again, what is refused, what is never shown."""

from __future__ import annotations

import gzip
import re
import time
from email.utils import formatdate
from typing import Any

import pytest

from ingestion.errors import (
    CredentialsError,
    IncompleteAnswerError,
    KetteError,
    MissingRightError,
    ResumeLaterError,
    UnreachableError,
)
from ingestion.hiding import hide
from ingestion.http import rate_limits, refusals
from ingestion.http.auth import BasicAuth
from ingestion.http.rate_limits import Budget
from tests.ingestion.client.conftest import GOOD, SECRET, client
from tests.ingestion.sources.emulator import Emulator, Reply, Request, serve


def test_an_answer_is_signed_parsed_and_counted(vendor: Emulator, waits: list[float]) -> None:
    asking = client(vendor)
    assert asking.get("contacts", {"limit": 2}).json() == GOOD
    assert (asking.requests, asking.answered, asking.bytes > 0) == (1, 1, True)
    (request,) = vendor.requests
    assert (request.path, request.params) == ("/v1/contacts", {"limit": "2"})
    assert request.headers["Authorization"] == f"Bearer {SECRET}"
    assert waits == []


@pytest.mark.parametrize(
    "fault",
    [
        Reply({}, 429, {"Retry-After": "7"}),
        Reply({}, 500),
        Reply({}, 503),
        Reply(GOOD, reset=True),
        Reply(b"<html><body>Maintenance</body></html>"),
        Reply(b""),
        Reply(b"half of a line"),
        Reply({"error": "try again", "status": "error"}),
        Reply({"ok": False, "error": "busy"}),
        Reply(gzip.compress(b'{"items": [1, 2, 3]}')[:-8], headers={"Content-Encoding": "gzip"}),
        Reply(b"no gzip at all", headers={"Content-Encoding": "gzip"}),
        Reply(b"", headers={"Content-Encoding": "gzip"}),
    ],
    ids=[
        "429",
        "500",
        "503",
        "reset in the middle",
        "web page with 200",
        "empty with 200",
        "text with 200",
        "error with 200",
        "not ok with 200",
        "gzip cut short",
        "broken gzip",
        "gzip without a byte",
    ],
)
def test_a_passing_fault_is_asked_again(fault: Reply, vendor: Emulator, waits: list[float]) -> None:
    vendor.faults[1] = fault
    assert client(vendor).get("contacts").json() == GOOD
    assert len(vendor.requests) == 2
    assert len(waits) == 1


def test_the_vendor_is_waited_for_as_long_as_it_says(vendor: Emulator, waits: list[float]) -> None:
    vendor.faults[1] = Reply({}, 429, {"Retry-After": "7"})
    client(vendor).get("contacts")
    assert waits == [7]


def test_a_date_to_wait_for_is_understood(vendor: Emulator, waits: list[float]) -> None:
    when = formatdate(time.time() + 60, usegmt=True)
    vendor.faults[1] = Reply({}, 503, {"Retry-After": when})
    client(vendor).get("contacts")
    assert 55 < sum(waits) <= 60


def test_an_hour_is_waited_for_with_a_sign_of_life(vendor: Emulator, waits: list[float]) -> None:
    vendor.faults[1] = Reply({}, 429, {"Retry-After": "3600"})
    told: list[str] = []
    asking = client(vendor)
    asking.progress = told.append
    assert asking.get("contacts").json() == GOOD
    assert (sum(waits), max(waits), len(told)) == (3600, 30, 120)
    assert re.fullmatch(r"crm: waiting until \d\d:\d\d UTC \(too many requests .*\)", told[0])
    assert "waiting 30 s" in told[-1]


def test_what_takes_longer_than_an_hour_is_left_to_a_later_run_which_asks_no_earlier(
    vendor: Emulator, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.faults[1] = Reply({}, 429, {"Retry-After": "5400"})
    with pytest.raises(ResumeLaterError, match=r"90 minutes.*Run again then"):
        client(vendor).get("contacts")
    # the next process asks something else, and waits before it asks this
    monkeypatch.setattr(rate_limits, "clock", lambda: 1_000_000.0 + 4000 + sum(waits))
    asking = client(vendor)
    asking.get("companies")
    assert waits == []
    asking.get("contacts")
    assert sum(waits) == 1400
    assert _paths(vendor) == ["/v1/contacts", "/v1/companies", "/v1/contacts"]


def test_a_vendor_that_asks_for_years_is_asked_again_the_next_day(
    vendor: Emulator, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.faults[1] = Reply({}, 429, {"Retry-After": "999999999"})
    with pytest.raises(ResumeLaterError):
        client(vendor).get("contacts")
    monkeypatch.setattr(rate_limits, "clock", lambda: 1_000_000.0 + 24 * 3600)
    assert client(vendor).get("contacts").json() == GOOD
    assert waits == []


def test_without_a_word_from_the_vendor_pauses_grow(vendor: Emulator, waits: list[float]) -> None:
    vendor.faults = dict.fromkeys(range(1, 6), Reply({}, 429))
    client(vendor).get("contacts")
    assert len(waits) == 5
    assert all(0.8 * 2**n <= pause <= 1.2 * 2**n for n, pause in enumerate(waits))


def test_a_vendor_that_keeps_failing_is_given_up(vendor: Emulator, waits: list[float]) -> None:
    vendor.faults = dict.fromkeys(range(1, 100), Reply({}, 502))
    with pytest.raises(UnreachableError, match=r"crm 127.0.0.1:\d+/v1/contacts: .* status 502"):
        client(vendor).get("contacts")
    assert len(vendor.requests) == refusals.ATTEMPTS


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Reply({"message": "bad key"}, 401), CredentialsError),
        (Reply({"message": "scope contacts.read"}, 403), MissingRightError),
        (
            Reply({"error": "Unable to authenticate request", "status": "error"}, 400),
            CredentialsError,
        ),
        (Reply({"message": "limit must be a number"}, 400), KetteError),
        (Reply({"message": "no such thing"}, 404), KetteError),
    ],
    ids=["401", "403", "Mixpanel's 400", "400", "404"],
)
def test_a_refusal_is_not_repeated(
    fault: Reply, kind: type[KetteError], vendor: Emulator, waits: list[float]
) -> None:
    vendor.faults = dict.fromkeys(range(1, 100), fault)
    with pytest.raises(KetteError) as error:
        client(vendor).get("contacts")
    assert type(error.value) is kind
    assert (len(vendor.requests), waits) == (1, [])


def test_an_expected_status_is_handed_back(vendor: Emulator, waits: list[float]) -> None:
    vendor.faults = {1: Reply({"error": "plan"}, 402), 2: Reply(b"", 204)}
    answer = client(vendor).get("profiles", accept=(402,))
    assert (answer.status, answer.json()) == (402, {"error": "plan"})
    assert client(vendor).get("profiles", accept=(204,)).json() is None


def test_no_secret_is_shown(vendor: Emulator, waits: list[float]) -> None:
    vendor.faults = dict.fromkeys(range(1, 9), Reply({"message": f"bad value {SECRET}"}, 400))
    with pytest.raises(KetteError) as error:
        client(vendor).get("contacts", {"key": SECRET})
    assert SECRET not in str(error.value)
    signed = BasicAuth("user", SECRET)
    assert SECRET not in repr(signed) + hide(f"{SECRET} {signed.header()}")
    assert signed.header().split()[1] not in hide(signed.header())


def test_a_redirect_to_another_host_never_gets_the_key(
    vendor: Emulator, waits: list[float]
) -> None:
    with serve(lambda _: GOOD) as other:
        vendor.faults[1] = Reply({}, 302, {"Location": f"{other.url}/v1/contacts"})
        with pytest.raises(KetteError, match="redirects to another host"):
            client(vendor).get("contacts")
        assert other.requests == []


def test_a_redirect_on_the_same_host_is_followed(vendor: Emulator, waits: list[float]) -> None:
    vendor.faults[1] = Reply({}, 301, {"Location": "/v2/contacts"})
    assert client(vendor).get("contacts").json() == GOOD
    assert [request.path for request in vendor.requests] == ["/v1/contacts", "/v2/contacts"]


def test_redirects_in_a_circle_end(vendor: Emulator, waits: list[float]) -> None:
    vendor.answer = lambda _: Reply({}, 302, {"Location": "/v1/contacts"})
    with pytest.raises(KetteError, match="redirects without end"):
        client(vendor).get("contacts")


def test_an_unreachable_host_is_named_after_few_attempts(waits: list[float]) -> None:
    with serve(lambda _: GOOD) as gone:
        pass
    with pytest.raises(UnreachableError, match=r"the host does not answer.*base URL"):
        client(gone).get("contacts")
    assert sum(waits) < 10


def test_an_answer_that_never_becomes_whole_is_an_error_of_its_own(
    vendor: Emulator, waits: list[float]
) -> None:
    vendor.answer = lambda _: Reply(b"<html>")
    with pytest.raises(IncompleteAnswerError, match="a web page instead of JSON"):
        client(vendor).get("contacts")


def test_deep_nesting_is_read(vendor: Emulator, waits: list[float]) -> None:
    vendor.answer = lambda _: Reply(b'{"a":' * 3000 + b"1" + b"}" * 3000)
    value = client(vendor).get("contacts").json()
    for _ in range(3000):
        value = value["a"]
    assert value == 1


def _paths(vendor: Emulator) -> list[str]:
    return [request.path for request in vendor.requests]


def test_a_budget_spreads_requests(vendor: Emulator, waits: list[float]) -> None:
    asking = client(vendor, budgets=(Budget(3, 1, "crm/second"),))
    for _ in range(7):
        asking.get("contacts")
    assert waits == [1, 1]


def test_a_used_up_hour_is_known_to_the_next_process(vendor: Emulator, waits: list[float]) -> None:
    hourly = Budget(2, 3600, "crm/hour", only="/export")
    for _ in range(2):
        client(vendor, budgets=(hourly,)).get("export")
    # what the budget is not for goes on
    client(vendor, budgets=(hourly,)).get("contacts")
    assert waits == []
    client(vendor, budgets=(hourly,)).get("export")
    assert sum(waits) == 3600
    assert _paths(vendor) == ["/v1/export", "/v1/export", "/v1/contacts", "/v1/export"]


def test_a_retry_counts_against_the_budget(vendor: Emulator, waits: list[float]) -> None:
    vendor.faults[1] = Reply({}, 500)
    asking = client(vendor, budgets=(Budget(2, 3600, "crm/hour"),))
    asking.get("contacts")
    asking.get("contacts")
    # the pause after the failure is a part of the hour
    assert sum(waits) == pytest.approx(3600)


def test_a_limit_of_the_day_is_left_to_a_later_run(vendor: Emulator, waits: list[float]) -> None:
    asking = client(vendor, budgets=(Budget(1, 86_400, "crm/day"),))
    asking.get("contacts")
    with pytest.raises(ResumeLaterError, match=r"the vendor's limit: .* 1440 minutes"):
        asking.get("contacts")
    assert (waits, len(vendor.requests)) == ([], 1)


def test_a_form_and_json_are_posted(waits: list[float]) -> None:
    received: list[Any] = []

    def answer(request: Request) -> Any:
        received.append((request.method, request.body))
        return GOOD

    with serve(answer) as vendor:
        client(vendor).post("search", json={"a": [1]})
        client(vendor).post("engage", data={"page": 0})
    assert received == [("POST", {"a": [1]}), ("POST", {"page": "0"})]
