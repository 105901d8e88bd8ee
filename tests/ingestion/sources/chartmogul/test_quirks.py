"""ChartMogul as integrators met it: a test for each quirk of its API that has none elsewhere."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ingestion.errors import KetteError, MissingRightError
from tests.ingestion.sources.chartmogul.billing import Billing, activity, customer
from tests.ingestion.sources.emulator import Emulator, Reading, Reply


def uuids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["uuid"] for row in rows]


def test_a_cursor_on_an_empty_last_page_is_not_followed(
    billing: Billing, vendor: Emulator, reading: Reading
) -> None:
    billing.lists["/customers"] = [customer("cus_1")]
    reading.rows("customers")
    vendor.faults[2] = Reply(
        {"entries": [], "cursor": "c3Vic2NyaXB0aW9uc19uZXh0X3BhZ2U9Mw==", "has_more": False}
    )

    assert reading.rows("subscriptions") == []
    assert len(vendor.requests) == 2


def test_an_empty_page_in_the_middle_is_no_end(
    billing: Billing, vendor: Emulator, reading: Reading
) -> None:
    billing.lists["/customers"] = [customer("cus_1")]
    vendor.faults[1] = Reply({"entries": [], "cursor": "0", "has_more": True})

    assert uuids(reading.rows("customers")) == ["cus_1"]


def test_page_numbers_are_neither_sent_nor_believed(
    billing: Billing, vendor: Emulator, reading: Reading
) -> None:
    billing.lists["/customers"] = [customer(f"cus_{n}") for n in range(3)]
    # as the first answer without a cursor still tells them
    vendor.faults[1] = Reply(
        {
            "entries": billing.lists["/customers"][:2],
            "cursor": "2",
            "has_more": True,
            "page": 1,
            "current_page": 1,
            "total_pages": 1,
            "per_page": 200,
        }
    )

    assert uuids(reading.rows("customers")) == ["cus_0", "cus_1", "cus_2"]
    assert all("page" not in request.params for request in vendor.requests)


@pytest.mark.parametrize(
    "fault",
    [
        Reply(
            {
                "code": 429,
                "message": "Your request rate has exceeded our rate limit.",
                "param": None,
            },
            429,
        ),
        Reply(b"Too Many Requests", 429),
        Reply(b"Service Unavailable", 503),
        Reply(b"Gateway Time-out", 504),
        Reply(b"web server is returning an unknown error", 520),
        Reply(b"a timeout occurred", 524),
    ],
    ids=["429", "429 as text", "503 of too many connections", "504 as text", "520", "524"],
)
def test_a_refusal_for_a_moment_may_be_plain_text_and_tells_no_time_to_wait(
    billing: Billing, vendor: Emulator, reading: Reading, fault: Reply
) -> None:
    billing.lists["/customers"] = [customer(f"cus_{n}") for n in range(3)]
    vendor.faults[2] = fault

    assert uuids(reading.rows("customers")) == ["cus_0", "cus_1", "cus_2"]
    assert len(vendor.requests) == 3


def test_no_more_than_forty_requests_are_sent_in_a_second(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("ingestion.http.client.sleep", waited.append)
    monkeypatch.setattr("ingestion.http.rate_limits.clock", lambda: 1_000_000.0 + sum(waited))
    client = reading.reader("account").client

    for _ in range(40):
        client.get("/account")
    assert waited == []
    client.get("/account")
    assert sum(waited) == 1


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (402, "The request was valid but failed.", KetteError),
        (403, "Your trial has expired.", MissingRightError),
    ],
    ids=["402 valid but failed", "403 trial expired"],
)
def test_a_402_and_a_403_end_the_run_in_the_vendors_words(
    vendor: Emulator, reading: Reading, status: int, words: str, kind: type[KetteError]
) -> None:
    vendor.faults[1] = Reply({"code": status, "message": words, "param": None}, status)

    with pytest.raises(kind, match=words):
        reading.rows("customers")

    assert len(vendor.requests) == 1


def test_an_account_that_has_no_id_stays_one_row_when_it_is_renamed(
    vendor: Emulator, reading: Reading
) -> None:
    vendor.faults[1] = Reply({"name": "Acme", "currency": "EUR", "time_zone": "UTC"})
    vendor.faults[2] = Reply({"name": "Acme Ltd", "currency": "EUR", "time_zone": "UTC"})

    (before,), (after,) = reading.rows("account"), reading.rows("account")

    assert before["id"] == after["id"]


def test_a_record_in_mixed_casing_with_a_float_of_money_is_kept_as_it_was_sent(
    billing: Billing, reading: Reading
) -> None:
    sent = {
        **customer("cus_1"),
        "customer-since": "2024-03-01T00:00:00-04:00",
        "lead_created_at": "2024-02-20T00:00:00.000Z",
        "ltv": 15620.0,
        "mrr": 3000,
        "state": None,
        "zip": "",
        "data_source_uuids": ["ds_A", "ds_A", "ds_B"],
        "external_ids": ["own-cus_1", "c-78", "stripe_9"],
    }
    billing.lists["/customers"] = [sent]

    (row,) = reading.rows("customers")

    assert row["payload"] == sent


def test_every_kind_of_lead_is_known_and_has_no_subscriptions_to_ask_for(
    billing: Billing, vendor: Emulator, reading: Reading
) -> None:
    leads = ["New Lead", "Working Lead", "Qualified Lead", "Unqualified Lead", "New_Lead"]
    others = ["Active", "Cancelled", "Past Due"]
    statuses = [*leads, *others]
    billing.lists["/customers"] = [customer(f"cus_{n}", each) for n, each in enumerate(statuses)]
    billing.subscriptions = {f"cus_{n}": [] for n in range(len(statuses))}

    reading.rows("customers")
    reading.rows("subscriptions")

    asked = [each.path for each in vendor.requests if each.path.endswith("/subscriptions")]
    assert asked == [f"/customers/cus_{n}/subscriptions" for n in (5, 6, 7)]


def test_subscriptions_of_a_merged_customer_are_listed_under_the_survivor(
    billing: Billing, reading: Reading
) -> None:
    billing.lists["/customers"] = [customer("cus_1"), customer("cus_2")]
    billing.subscriptions = {"cus_1": [{"uuid": "sub_1"}], "cus_2": [{"uuid": "sub_2"}]}
    reading.rows("customers")
    before = reading.rows("subscriptions")

    billing.lists["/customers"] = [customer("cus_1")]
    billing.subscriptions = {"cus_1": [{"uuid": "sub_1"}, {"uuid": "sub_2"}]}
    reading.rows("customers")
    after = reading.rows("subscriptions")

    assert {row["uuid"]: row["customer_uuid"] for row in before} == {
        "sub_1": "cus_1",
        "sub_2": "cus_2",
    }
    assert {row["uuid"]: row["customer_uuid"] for row in after} == {
        "sub_1": "cus_1",
        "sub_2": "cus_1",
    }


def test_an_activity_that_vanishes_under_the_cursor_covers_no_month(
    billing: Billing, vendor: Emulator, reading: Reading
) -> None:
    billing.activities = [activity(f"a{n}", "2026-06-01T00:00:00+00:00") for n in range(3)]
    vendor.faults[2] = Reply({"code": 400, "message": "Invalid cursor", "param": "cursor"}, 400)
    reader = reading.reader("activities", known=True)

    with pytest.raises(KetteError, match="Invalid cursor"):
        reading.rows("activities", reader)

    assert not reader.chapter.covered


def test_both_ends_of_the_span_of_activities_are_sent_with_a_time(
    vendor: Emulator, reading: Reading
) -> None:
    reading.rows(
        "activities",
        reading.reader("activities", from_date=date(2026, 4, 1), to_date=date(2026, 4, 30)),
    )

    # a day wider at both ends, for whatever offset a moment is written with
    params = vendor.requests[0].params
    assert (params["start-date"], params["end-date"]) == (
        "2026-03-31T00:00:00Z",
        "2026-05-02T00:00:00Z",
    )


def test_empty_texts_stand_for_nothing_in_an_invoice(billing: Billing, reading: Reading) -> None:
    invoice = {
        "uuid": "inv_1",
        "customer_uuid": "cus_1",
        "date": "",
        "line_items": [{"discount_code": "", "quantity": ""}],
    }
    billing.lists["/invoices"] = [invoice]

    (row,) = reading.rows("invoices")

    assert row["invoiced_at"] is None
    assert row["payload"] == invoice


def test_an_invoice_keeps_its_own_currency_and_a_failed_payment_may_have_no_amount(
    billing: Billing, reading: Reading
) -> None:
    invoice = {
        "uuid": "inv_1",
        "customer_uuid": "cus_1",
        "date": "2026-05-01T00:00:00.000Z",
        "currency": "CHF",
        "transactions": [{"uuid": "tr_1", "result": "failed", "amount_in_cents": None}],
    }
    billing.lists["/invoices"] = [invoice]

    (row,) = reading.rows("invoices")

    assert row["payload"] == invoice
    assert row["invoiced_at"] == datetime(2026, 5, 1, tzinfo=UTC)


def test_the_summary_of_a_metric_is_now_and_no_month(vendor: Emulator, reading: Reading) -> None:
    vendor.faults[1] = Reply(
        {
            "entries": [
                {"date": "2026-05-31", "mrr": 3000, "percentage-change": -43735.29},
                # up to today, and without what older answers leave out
                {"date": "2026-06-15", "mrr": 3100},
            ],
            "summary": {"current": 9900, "previous": 3000, "percentage-change": 230.0},
        }
    )

    rows = reading.rows("metrics_mrr")

    assert [(row["period_end"], row["payload"]["mrr"]) for row in rows] == [
        ("2026-05-31", 3000),
        ("2026-06-15", 3100),
    ]


def test_metrics_are_one_answer_without_pages(vendor: Emulator, reading: Reading) -> None:
    # more than the 200 that a page of a listing has
    entries = [{"date": f"{year}-12-31", "customers": 1} for year in range(1900, 2110)]
    vendor.faults[1] = Reply({"entries": entries, "summary": {}})

    assert len(reading.rows("metrics_customer_count")) == 210
    assert len(vendor.requests) == 1
    assert "per_page" not in vendor.requests[0].params
