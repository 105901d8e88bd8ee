"""ActiveCampaign: everything is text, offsets drift, valid tokens are refused, and opens hide in links."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import CredentialsError, IncompleteAnswerError, KetteError
from ingestion.loading.run import run
from ingestion.sources import activecampaign
from tests.ingestion.sources.emulator import (
    Emulator,
    Reading,
    Reply,
    Request,
    gone,
    only,
    serve,
    stored,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "activecampaign-token"
LISTED = ("lists", "tags", "messages", "automations", "campaigns", "links", "deals",
          "contactLists", "contactTags", "contactAutomations", "bounceLogs")  # fmt: skip


class Account:
    """An account with its listings; ``before_page`` may change it while it is read."""

    def __init__(self) -> None:
        self.listed: dict[str, list[dict[str, Any]]] = {name: [] for name in LISTED}
        self.contacts: dict[int, dict[str, Any]] = {}
        self.uses: dict[str, list[dict[str, Any]]] = {}
        self.reports: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.before_page: Any = lambda _request: None
        self.largest_page = 100

    def contact(self, number: int, changed: str, **more: Any) -> None:
        """Add a contact or change it."""
        self.contacts[number] = {
            "id": str(number), "email": f"c{number}@x.example", "cdate": "2026-05-01T09:00:00-05:00",
            "udate": changed, "updated_utc_timestamp": changed, **more,
        }  # fmt: skip

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        self.before_page(request)
        if request.path == "/admin/api.php":
            return self._report(request)
        if request.headers.get("Api-Token") != TOKEN:
            return Reply({"message": "You do not have permission"}, 403)
        _, _, _, name, *rest = request.path.split("/")
        if rest:
            return self._page(request, "linkData", self.uses.get(rest[0], []))
        if name == "contacts":
            return self._contacts(request)
        return self._page(request, name, self.listed[name])

    def _page(self, request: Request, name: str, found: list[dict[str, Any]]) -> Any:
        # no limit given means 20, and no more than 100 are ever given
        limit = min(int(request.params.get("limit", 20)), self.largest_page)
        offset = int(request.params.get("offset", 0))
        return {name: found[offset : offset + limit], "meta": {"total": str(len(found))}}

    def _contacts(self, request: Request) -> Any:
        after = int(request.params.get("id_greater", 0))
        since = request.params.get("filters[updated_after]", "")
        found = [
            record
            for number, record in sorted(self.contacts.items())
            if number > after and record["updated_utc_timestamp"] >= since[:19].replace("T", " ")
        ]
        return self._page(request, "contacts", found)

    def _report(self, request: Request) -> Any:
        if request.params.get("api_key") != TOKEN:
            return Reply({"message": "You do not have permission"}, 403)
        rows = self.reports.get((request.params["api_action"], request.params["campaignid"]), [])
        if not rows:
            return {"result_code": 0, "result_message": "Failed: Nothing is returned"}
        return {str(n): row for n, row in enumerate(rows)} | {"result_code": 1}


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def vendor(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setenv("KETTE_TODAY", "2026-06-15")
    with serve(account.answer) as emulator:
        monkeypatch.setenv("SOURCES__ACTIVECAMPAIGN__BASE_URL", emulator.url)
        monkeypatch.setenv("SOURCES__ACTIVECAMPAIGN__API_TOKEN", TOKEN)
        yield emulator


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    return Reading(activecampaign.LOAD, settings_of(vendor))


def settings_of(vendor: Emulator, token: str = TOKEN) -> activecampaign.ActiveCampaignSettings:
    return activecampaign.ActiveCampaignSettings(base_url=vendor.url, api_token=token)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_totals_are_text_and_all_pages_are_read(
    account: Account, vendor: Emulator, reading: Reading
) -> None:
    account.listed["tags"] = [{"id": str(n)} for n in range(250)]
    assert set(ids(reading.rows("tags"))) == {str(n) for n in range(250)}
    assert {request.params["limit"] for request in vendor.requests} == {"100"}


def test_a_row_that_goes_while_pages_are_read_hides_no_other(
    account: Account, reading: Reading
) -> None:
    account.listed["tags"] = [{"id": str(n)} for n in range(250)]

    def remove(request: Request) -> None:
        if request.params.get("offset") == "90":
            del account.listed["tags"][:5]

    account.before_page = remove
    assert set(ids(reading.rows("tags"))) >= {str(n) for n in range(5, 250)}


def test_a_listing_that_shows_fewer_than_it_announces_holds_nothing_to_be_deleted(
    account: Account, vendor: Emulator
) -> None:
    account.listed["tags"] = [{"id": str(n)} for n in range(10)]
    streams = only(activecampaign.LOAD, "tags")
    run(streams)
    answer = vendor.answer

    def fewer(request: Request) -> Any:
        body = answer(request)
        return body | {"tags": [tag for tag in body["tags"] if int(tag["id"]) < 8]}

    vendor.answer = fewer
    (found,) = run(streams)
    assert "10 records were announced and 8 shown" in found.note
    assert gone("activecampaign", "tags", "id") == set()


def test_contacts_are_paged_by_id_not_by_offset(
    account: Account, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 251):
        account.contact(number, "2026-06-01 10:00:00")

    def remove(request: Request) -> None:
        if request.params.get("id_greater") == "100":
            account.contacts.pop(1, None)

    account.before_page = remove
    assert ids(reading.rows("contacts")) == [str(n) for n in range(1, 251)]
    assert all("offset" not in request.params for request in vendor.requests)
    assert vendor.requests[0].params["orders[id]"] == "ASC"


def test_a_vendor_that_does_not_go_on_behind_the_id_is_an_error(
    account: Account, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 151):
        account.contact(number, "2026-06-01 10:00:00")
    answer = vendor.answer
    vendor.answer = lambda request: answer(
        Request("GET", request.path, {"limit": "100"}, request.headers, None)
    )
    with pytest.raises(IncompleteAnswerError, match="behind the last id"):
        reading.rows("contacts")


def test_a_later_run_reads_contacts_changed_since_a_day_before_the_newest(
    account: Account, vendor: Emulator, reading: Reading
) -> None:
    account.contact(1, "2026-06-01 10:00:00")
    account.contact(2, "2026-06-10 10:00:00")
    reading.rows("contacts")
    vendor.requests.clear()
    account.contact(1, "2026-06-12 10:00:00")
    # a state of the same day: no full listing is due
    assert ids(reading.rows("contacts", reading.reader("contacts", known=True))) == ["1", "2"]
    assert vendor.requests[0].params["filters[updated_after]"] == "2026-06-09T10:00:00+00:00"


def test_a_contact_that_was_deleted_just_vanishes_and_the_daily_listing_shows_it(
    account: Account, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 11):
        account.contact(number, "2026-06-01 10:00:00")
    streams = only(activecampaign.LOAD, "contacts")
    run(streams)
    del account.contacts[3]
    run(streams)
    assert gone("activecampaign", "contacts", "id") == set()
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    run(streams)
    assert gone("activecampaign", "contacts", "id") == {"3"}
    assert vendor.requests[-1].params.get("filters[updated_after]") is None


def test_times_without_an_offset_are_of_the_accounts_clock_and_zeros_are_never(
    account: Account, reading: Reading
) -> None:
    account.listed["automations"] = [
        {"id": "1", "cdate": "2026-06-01T10:00:00-05:00", "mdate": "2026-06-02 10:00:00"},
        {"id": "2", "cdate": "0000-00-00 00:00:00", "mdate": None},
        {"id": "3", "cdate": "no time"},
    ]
    first, second, third = reading.rows("automations")
    assert first["created_at"] == datetime(2026, 6, 1, 15, tzinfo=UTC)
    # Chicago is five hours behind in June
    assert first["updated_at"] == datetime(2026, 6, 2, 15, tzinfo=UTC)
    assert (second["created_at"], third["created_at"]) == (None, None)
    account.contact(1, "2026-06-01 10:00:00")
    (contact,) = reading.rows("contacts")
    assert contact["updated_at"] == datetime(2026, 6, 1, 10, tzinfo=UTC)


def test_status_403_comes_for_a_valid_token_now_and_then(
    account: Account, vendor: Emulator, reading: Reading
) -> None:
    account.listed["tags"] = [{"id": "1"}]
    vendor.faults.update(dict.fromkeys((1, 2), Reply({"message": "Forbidden"}, 403)))
    assert ids(reading.rows("tags")) == ["1"]


def test_a_token_that_is_refused_three_times_is_wrong_and_is_not_shown(vendor: Emulator) -> None:
    refused = Reading(activecampaign.LOAD, settings_of(vendor, "wrong-token"))
    with pytest.raises((CredentialsError, KetteError)) as error:
        refused.rows("tags")
    assert "wrong-token" not in str(error.value)
    assert len(vendor.requests) == 3


def test_an_empty_answer_is_asked_for_again_and_never_taken_for_no_records(
    account: Account, vendor: Emulator, reading: Reading
) -> None:
    account.listed["tags"] = [{"id": "1"}]
    vendor.faults[1] = Reply(b"")
    assert ids(reading.rows("tags")) == ["1"]
    vendor.faults.update(dict.fromkeys(range(1, 40), Reply(b"")))
    vendor.requests.clear()
    with pytest.raises(KetteError):
        reading.rows("tags")


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"message": "Too Many Requests"}, 429, {"Retry-After": "2"}),
        Reply(b"oops", 500),
        Reply({"tags": []}, reset=True),
        Reply(gzip.compress(b'{"tags": []}')[:-9], headers={"Content-Encoding": "gzip"}),
    ],
    ids=["429 with wait", "500", "reset", "cut gzip"],
)
def test_a_passing_fault_costs_no_record(
    account: Account, vendor: Emulator, reading: Reading, fault: Reply
) -> None:
    account.listed["tags"] = [{"id": str(n)} for n in range(250)]
    vendor.faults.update(dict.fromkeys(range(1, 20, 2), fault))
    assert set(ids(reading.rows("tags"))) == {str(n) for n in range(250)}


def campaign(account: Account, *, pixel: bool, opens: str = "1") -> None:
    """Give the account a mailing with a link, with or without the one named open."""
    account.listed["campaigns"] = [
        {"id": "7", "type": "single", "sdate": "2026-06-01T10:00:00-05:00", "send_amt": "3",
         "opens": opens, "uniqueopens": opens, "unsubscribes": "0"}
    ]  # fmt: skip
    account.listed["links"] = [
        {"id": "70", "campaignid": "7", "link": "https://x.example/", "linkclicks": "1",
         "uniquelinkclicks": "1"},
    ]  # fmt: skip
    if pixel:
        account.listed["links"].append(
            {"id": "71", "campaignid": "7", "link": "open", "linkclicks": opens,
             "uniquelinkclicks": opens}
        )  # fmt: skip
    account.uses = {
        "70": [{"contact": "1", "tstamp": "2026-06-01T11:00:00-05:00", "times": "2"}],
        "71": [{"contact": "1", "tstamp": "2026-06-01T10:30:00-05:00", "times": "1"}],
    }
    opened = {"subscriberid": "1", "tstamp": "2026-06-01 10:30:00", "times": "1"}
    account.reports = {
        ("campaign_report_open_list", "7"): [opened],
        ("campaign_report_unopen_list", "7"): [
            {"subscriberid": "2", "tstamp": "2026-06-01 10:00:00"}
        ],
    }


def opens_and_clicks(reading: Reading, *, known: bool = False) -> tuple[list[Any], list[Any]]:
    """Return what a run reads of links and of reports."""
    reading.shared.clear()
    for name in ("campaigns", "links"):
        reading.rows(name)
    uses = reading.rows("link_data", reading.reader("link_data", known=known))
    reports = reading.rows("campaign_reports", reading.reader("campaign_reports", known=known))
    return (
        [(row["link_id"], row["contact_id"], row["is_open"], row["times"]) for row in uses],
        [(row["report"], row["contact_id"]) for row in reports],
    )


def test_the_link_named_open_tells_who_opened_a_mail(account: Account, reading: Reading) -> None:
    campaign(account, pixel=True)
    uses, reports = opens_and_clicks(reading)
    assert uses == [("70", "1", False, 2), ("71", "1", True, 1)]
    assert reports == [("unopen", "2")]


def test_where_no_link_shows_it_the_old_api_tells_who_opened_a_mail(
    account: Account, reading: Reading
) -> None:
    campaign(account, pixel=False)
    uses, reports = opens_and_clicks(reading)
    assert uses == [("70", "1", False, 2)]
    assert sorted(reports) == [("open", "1"), ("unopen", "2")]


def test_links_and_reports_are_read_again_only_when_their_totals_have_changed(
    account: Account, vendor: Emulator, reading: Reading
) -> None:
    campaign(account, pixel=True)
    opens_and_clicks(reading)
    vendor.requests.clear()
    assert opens_and_clicks(reading, known=True) == ([], [])
    assert len(vendor.requests) == 2
    campaign(account, pixel=True, opens="2")
    uses, reports = opens_and_clicks(reading, known=True)
    assert ([use[0] for use in uses], reports) == (["71"], [])


def test_a_report_that_failed_is_not_taken_for_an_empty_one(
    account: Account, vendor: Emulator, reading: Reading
) -> None:
    campaign(account, pixel=False)
    answer = vendor.answer

    def failing(request: Request) -> Any:
        if request.path == "/admin/api.php":
            return {"result_code": 0, "result_message": "Failed: Database error"}
        return answer(request)

    vendor.answer = failing
    with pytest.raises(IncompleteAnswerError, match="failed"):
        opens_and_clicks(reading)


def test_bad_records_are_quarantined_and_a_cut_run_is_resumed(
    account: Account, vendor: Emulator
) -> None:
    for number in range(1, 151):
        account.contact(number, "2026-06-01 10:00:00")
    account.contact(151, "2026-06-01 10:00:00", id=None)
    streams = only(activecampaign.LOAD, "contacts")
    vendor.faults.update(dict.fromkeys(range(2, 9), Reply(b"", 502)))
    with pytest.raises(KetteError, match="status 502"):
        run(streams)
    (found,) = run(streams)
    assert (found.loaded, found.quarantined) == (150, 1)
    account.contact(150, "2026-06-02 10:00:00", firstName="Mia")
    run(streams)
    assert stored(
        "select count(*), max(payload->>'firstName') from raw_activecampaign.contacts"
    ) == [(150, "Mia")]


def test_a_token_without_an_account_and_a_zone_that_does_not_exist_are_named() -> None:
    with pytest.raises(KetteError, match="BASE_URL"):
        activecampaign.ActiveCampaignSettings(api_token=TOKEN).check()
    with pytest.raises(KetteError, match="no time zone"):
        activecampaign.ActiveCampaignSettings(time_zone="Mars/Base").check()


def test_with_a_first_day_all_contacts_are_read_again(account: Account, reading: Reading) -> None:
    account.contact(1, "2026-03-01 10:00:00")
    account.contact(2, "2026-06-01 10:00:00")
    reading.rows("contacts")
    reader = reading.reader("contacts", known=True, from_date=date(2026, 1, 1))
    assert ids(reading.rows("contacts", reader)) == ["1", "2"]
