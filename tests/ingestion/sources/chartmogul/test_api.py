"""ChartMogul: pages to the end, whole months of activities, and what a broken answer must not do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ingestion.errors import CredentialsError, IncompleteAnswerError
from ingestion.loading import dlt_package
from ingestion.sources import chartmogul
from tests.ingestion.sources.chartmogul.billing import KEY, Billing, activity, customer
from tests.ingestion.sources.emulator import Emulator, Reading, Reply


def test_pages_are_followed_until_has_more_is_false_although_the_last_one_has_a_cursor(
    billing: Billing, vendor: Emulator, reading: Reading
) -> None:
    billing.lists["/customers"] = [customer(f"cus_{n}") for n in range(5)]

    rows = reading.rows("customers")

    assert [row["uuid"] for row in rows] == [f"cus_{n}" for n in range(5)]
    assert rows[0]["external_id"] == "own-cus_0"
    assert rows[0]["payload"] == billing.lists["/customers"][0]
    assert [request.params.get("cursor") for request in vendor.requests] == [None, "2", "4"]
    assert {request.params["per_page"] for request in vendor.requests} == {"200"}


def test_a_null_cursor_in_the_middle_is_no_end(
    billing: Billing, vendor: Emulator, reading: Reading
) -> None:
    vendor.faults[1] = Reply({"entries": [customer("cus_0")], "cursor": None, "has_more": True})

    with pytest.raises(IncompleteAnswerError, match="chartmogul customers: more pages"):
        reading.rows("customers")


def test_a_page_that_is_delivered_twice_is_asked_for_again(
    billing: Billing, vendor: Emulator, reading: Reading
) -> None:
    billing.lists["/customers"] = [customer(f"cus_{n}") for n in range(5)]
    vendor.faults[2] = Reply(
        {"entries": billing.lists["/customers"][:2], "cursor": "2", "has_more": True}
    )

    rows = reading.rows("customers")

    assert {row["uuid"] for row in rows} == {f"cus_{n}" for n in range(5)}


def test_a_cursor_that_never_moves_ends_the_run(
    billing: Billing, vendor: Emulator, reading: Reading
) -> None:
    stuck = Reply({"entries": [customer("cus_0")], "cursor": "same", "has_more": True})
    vendor.faults.update(dict.fromkeys(range(1, 100), stuck))

    with pytest.raises(IncompleteAnswerError, match="the pages repeat"):
        reading.rows("customers")

    assert len(vendor.requests) == 3


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"code": 429, "message": "Too many"}, 429, {"Retry-After": "2"}),
        Reply({"code": 429, "message": "Too many"}, 429),
        Reply(b"Internal error", 500),
        Reply(b"Too many parallel connections", 503),
        Reply({"entries": [], "cursor": None, "has_more": False}, reset=True),
        Reply(b"<html>Maintenance</html>"),
        Reply(b""),
    ],
    ids=["429 with wait", "429", "500", "503", "reset", "web page", "empty body"],
)
def test_a_passing_fault_costs_no_record(
    billing: Billing, vendor: Emulator, reading: Reading, fault: Reply
) -> None:
    billing.lists["/customers"] = [customer(f"cus_{n}") for n in range(5)]
    vendor.faults[2] = fault

    assert [row["uuid"] for row in reading.rows("customers")] == [f"cus_{n}" for n in range(5)]


def test_the_key_is_the_user_name_without_a_password(vendor: Emulator, reading: Reading) -> None:
    reading.rows("account")

    # base64 of "cm-secret-key:"
    assert vendor.requests[0].headers["Authorization"] == "Basic Y20tc2VjcmV0LWtleTo="


def test_a_refused_key_is_named_but_not_shown(vendor: Emulator, reading: Reading) -> None:
    vendor.faults[1] = Reply({"code": 401, "message": f"No valid API key provided: {KEY}"}, 401)

    with pytest.raises(CredentialsError, match="SOURCES__CHARTMOGUL__") as refused:
        reading.rows("account")

    assert KEY not in str(refused.value)
    assert len(vendor.requests) == 1


def test_subscriptions_are_asked_for_each_customer_who_is_not_a_lead(
    billing: Billing, vendor: Emulator, reading: Reading
) -> None:
    billing.lists["/customers"] = [
        customer("cus_1"),
        customer("cus_2", "New Lead"),
        customer("cus_3", "Cancelled"),
        customer(None),
    ]
    billing.subscriptions = {
        "cus_1": [{"uuid": f"sub_{n}", "mrr": 100} for n in range(3)],
        "cus_2": [{"uuid": "sub_lead", "mrr": 0}],
        "cus_3": [{"uuid": "sub_3", "mrr": 0}],
    }

    reading.rows("customers")
    rows = reading.rows("subscriptions")

    assert [(row["uuid"], row["customer_uuid"]) for row in rows] == [
        ("sub_0", "cus_1"),
        ("sub_1", "cus_1"),
        ("sub_2", "cus_1"),
        ("sub_3", "cus_3"),
    ]
    assert vendor.asked("/customers/cus_2/subscriptions") == []


def test_a_customer_who_vanishes_meanwhile_has_no_subscriptions(
    billing: Billing, reading: Reading
) -> None:
    billing.lists["/customers"] = [customer("cus_1"), customer("cus_2")]
    billing.subscriptions = {"cus_2": [{"uuid": "sub_2"}]}

    reading.rows("customers")

    assert [row["uuid"] for row in reading.rows("subscriptions")] == ["sub_2"]


def test_subscriptions_are_not_taken_for_gone_when_the_customers_failed(reading: Reading) -> None:
    with pytest.raises(IncompleteAnswerError, match="the customers"):
        reading.rows("subscriptions")


def test_activities_of_all_months_are_read_at_first_and_those_ahead_as_well(
    billing: Billing, vendor: Emulator, reading: Reading
) -> None:
    billing.activities = [
        activity("a", "2025-01-01T00:00:00+00:00"),
        activity("b", "2026-06-14T10:00:00+00:00"),
        activity("scheduled", "2027-03-01T00:00:00+00:00"),
    ]

    reader = reading.reader("activities")
    rows = reading.rows("activities", reader)

    assert [(row["uuid"], row["activity_month"]) for row in rows] == [
        ("a", "2025-01"),
        ("b", "2026-06"),
        ("scheduled", "2027-03"),
    ]
    assert rows[1]["occurred_at"] == datetime(2026, 6, 14, 10, tzinfo=UTC)
    assert list(reader.chapter.covered)[:2] == ["2025-01", "2025-02"]
    # two years ahead
    assert list(reader.chapter.covered)[-1] == "2028-06"
    assert "end-date" in vendor.requests[0].params


@pytest.mark.parametrize(
    ("written", "month", "moment"),
    [
        ("2026-05-31T22:30:00-04:00", "2026-06", datetime(2026, 6, 1, 2, 30, tzinfo=UTC)),
        ("2026-05-01T01:00:00+02:00", "2026-04", datetime(2026, 4, 30, 23, tzinfo=UTC)),
        ("2026-05-01T00:00:00.000Z", "2026-05", datetime(2026, 5, 1, tzinfo=UTC)),
        ("2026-05-01 00:00:00 +0000", "2026-05", datetime(2026, 5, 1, tzinfo=UTC)),
    ],
    ids=["behind UTC", "ahead of UTC", "UTC", "with a space"],
)
def test_an_activity_belongs_to_its_month_in_utc_whatever_its_offset(
    billing: Billing, reading: Reading, written: str, month: str, moment: datetime
) -> None:
    billing.activities = [activity("a", written)]

    (row,) = reading.rows("activities")

    assert (row["activity_month"], row["occurred_at"]) == (month, moment)


def test_the_first_run_of_a_day_reads_all_months_and_the_others_three_months_back(
    billing: Billing, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    billing.activities = [activity("a", "2026-06-01T00:00:00+00:00")]
    reading.rows("activities")

    def first_month(day: str) -> str:
        monkeypatch.setenv("KETTE_TODAY", day)
        reader = reading.reader("activities", known=True)
        reading.rows("activities", reader)
        return next(iter(reader.chapter.covered))

    # 92 days before 15 June is 15 March: the month is read whole
    assert first_month("2026-06-15") == "2026-03"
    assert first_month("2026-06-16") == "2025-01"
    assert first_month("2026-06-16") == "2026-03"


def test_a_row_of_a_month_that_is_not_read_whole_is_left_to_that_month(
    billing: Billing, reading: Reading
) -> None:
    billing.activities = [
        activity("march", "2026-03-31T23:00:00+00:00"),
        activity("april", "2026-04-01T00:00:00+00:00"),
        activity("may", "2026-05-01T00:00:00+00:00"),
    ]

    reader = reading.reader(
        "activities", known=True, from_date=date(2026, 4, 10), to_date=date(2026, 4, 20)
    )

    assert [row["uuid"] for row in reading.rows("activities", reader)] == ["april"]
    assert list(reader.chapter.covered) == ["2026-04"]


def test_an_answer_without_any_activity_replaces_nothing(reading: Reading) -> None:
    reader = reading.reader("activities", known=True)

    assert reading.rows("activities", reader) == []
    assert not reader.chapter.covered
    assert "read_in_full_on" not in reader.state


def test_a_cut_listing_covers_no_month(
    billing: Billing, vendor: Emulator, reading: Reading
) -> None:
    billing.activities = [activity(f"a{n}", "2026-06-01T00:00:00+00:00") for n in range(5)]
    vendor.faults.update(dict.fromkeys(range(2, 20), Reply(b"", 502)))
    reader = reading.reader("activities")

    with pytest.raises(Exception, match="502"):
        reading.rows("activities", reader)

    assert not reader.chapter.covered
    assert reader.state == {}


def test_activities_are_understood_in_either_way_of_writing(
    billing: Billing, reading: Reading
) -> None:
    billing.activities = [
        activity("kebab", "2026-06-01T00:00:00+00:00"),
        {"uuid": "snake", "date": "2026-06-01T00:00:00+00:00", "customer_uuid": "cus_2"},
        {"id": 17, "date": "2026-06-01T00:00:00+00:00"},
    ]

    rows = reading.rows("activities")

    assert [(row["uuid"], row["customer_uuid"]) for row in rows] == [
        ("kebab", "cus_1"),
        ("snake", "cus_2"),
        (17, None),
    ]


@pytest.mark.parametrize(
    "record",
    [activity("bad", None), activity("bad", "yesterday"), activity("bad", {"not": "a time"})],
    ids=["no date", "words", "object"],
)
def test_an_activity_without_a_time_is_quarantined_and_the_others_are_loaded(
    billing: Billing, reading: Reading, record: dict[str, Any]
) -> None:
    billing.activities = [record, activity("good", "2026-06-01T00:00:00+00:00")]
    reader = reading.reader("activities")

    assert [row["uuid"] for row in reading.rows("activities", reader)] == ["good"]
    assert [reject.key for reject in reader.chapter.rejects] == ["bad"]


def test_a_record_that_is_no_object_is_quarantined(billing: Billing, reading: Reading) -> None:
    billing.lists["/customers"] = [customer("cus_1"), "nonsense", None]
    reader = reading.reader("customers")

    assert [row["uuid"] for row in reading.rows("customers", reader)] == ["cus_1"]
    assert [reject.payload for reject in reader.chapter.rejects] == [b"nonsense", b"null"]


def test_invoices_keep_their_line_items_and_only_valid_ones_are_asked_for(
    billing: Billing, vendor: Emulator, reading: Reading
) -> None:
    invoice = {
        "uuid": "inv_1",
        "customer_uuid": "cus_1",
        "date": "2026-05-01T00:00:00.000Z",
        "line_items": [{"uuid": "li_1", "amount_in_cents": 2900}],
        "transactions": [{"uuid": "tr_1", "result": "successful"}],
    }
    billing.lists["/invoices"] = [invoice]

    (row,) = reading.rows("invoices")

    assert row["invoiced_at"] == datetime(2026, 5, 1, tzinfo=UTC)
    assert row["payload"] == invoice
    assert vendor.requests[0].params["validation_type"] == "valid"


def test_how_the_account_counts_is_asked_for(reading: Reading) -> None:
    (row,) = reading.rows("account")

    assert row["payload"]["churn_when_zero_mrr"] == "ignore"


@pytest.mark.usefixtures("vendor")
def test_by_default_the_time_before_any_subscription_is_asked_for_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SOURCES__CHARTMOGUL__START_DATE", raising=False)

    settings = dlt_package.resolve(chartmogul.LOAD)

    assert isinstance(settings, chartmogul.ChartMogulSettings)
    assert settings.start_date is not None
    assert settings.start_date.year <= 2000


def test_metrics_are_asked_for_from_the_start_date_to_today(
    vendor: Emulator, reading: Reading
) -> None:
    (row,) = reading.rows("metrics_mrr")

    assert (row["period_end"], row["payload"]["mrr"]) == ("2026-05-31", 3000)
    assert vendor.requests[0].params == {
        "start-date": "2025-01-01",
        "end-date": "2026-06-15",
        "interval": "month",
    }


@pytest.mark.parametrize(
    ("stream", "body"),
    [
        ("customers", {"entries": [], "cursor": None}),
        ("customers", {"customers": [], "has_more": False}),
        ("customers", []),
        ("metrics_mrr", {"summary": {}}),
        ("account", {"name": "Acme"}),
    ],
    ids=["no has_more", "other list", "no object", "no entries", "no currency"],
)
def test_an_answer_of_another_shape_is_refused(
    vendor: Emulator, reading: Reading, stream: str, body: Any
) -> None:
    vendor.faults[1] = Reply(body)

    with pytest.raises(IncompleteAnswerError):
        reading.rows(stream)
