"""The sandbox speaks ChartMogul as the vendor documents it and as recorded exchanges show it."""

from __future__ import annotations

import base64
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.sandbox import credentials
from ingestion.sandbox.server import Sandbox, serve_in_thread
from tests.ingestion.sandbox.handmade import (
    CHARTMOGUL,
    HTTP,
    Clock,
    at_ms,
    at_s,
    first_and_others,
    held_up,
    hurrying,
    write_world,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

PLAN = {"plan_uuid": "pl_1", "plan_external_id": "pro", "country": "DE", "quantity": 1}
ACCOUNT_DAYS = {"start-date": "2025-01-01", "end-date": "2025-03-31"}


def customer(number: int, **more: object) -> dict[str, Any]:
    return {
        "uuid": f"cus_{number:03d}",
        "id": 5000 + number,
        "external_id": f"n-{number}",
        "external_ids_json": f'["n-{number}"]',
        "data_source_uuids_json": '["ds_1"]',
        "name": f"Kunde {number}",
        "status": "Active",
        # the later a number the earlier it was made, so that no other order passes for this one
        "created_ms": at_ms("2025-02-01") - number * 1000,
        "mrr_cents": 3000,
        "country": "DE",
        "custom_json": "{}",
        "tags_json": "[]",
    } | more


def contract(customer_uuid: str, begin: str, end: str | None, cents: int, **more: object) -> Any:
    return {
        **PLAN,
        "subscription_uuid": f"sub_{customer_uuid}",
        "customer_uuid": customer_uuid,
        "from_s": at_s(begin),
        "to_s": at_s(end) if end else None,
        "mrr_cents": cents,
    } | more


def activity(uuid: str, moment: str, kind: str = "new_biz") -> dict[str, Any]:
    return {
        "uuid": uuid,
        "date_s": at_s(moment),
        "created_ms": at_ms("2025-01-01"),
        "type": kind,
        "movement_cents": 3000,
        "mrr_after_cents": 3000,
        "description": "purchased Pro",
        "customer_uuid": "cus_007",
        "customer_external_id": "n-7",
        "customer_name": "Kunde 7",
        "subscription_external_id": "s-7",
        "plan_external_id": "pro",
    }


COMPANY = {
    "chartmogul/plans": [
        {
            "uuid": "pl_1", "external_id": "pro", "name": "Pro", "interval_unit": "month",
            "interval_count": 1, "created_ms": at_ms("2025-01-01"),
        }
    ],
    "chartmogul/customers": [
        *(customer(number) for number in range(205)),
        customer(
            205,
            email="kasse@firma.example",
            status="Past Due",
            customer_since_s=at_s("2025-01-20 10:00:00"),
            external_ids_json='["n-205","n-900"]',
            data_source_uuids_json='["ds_1","ds_1"]',
            custom_json='{"hubspot_company_id":"77"}',
        ),
    ],
    "chartmogul/subscriptions": [
        {
            "uuid": f"sub_{number}", "id": number, "external_id": f"s-{number}",
            "customer_uuid": "cus_007", "plan_uuid": "pl_1", "plan_name": "Pro", "quantity": 1,
            "mrr_cents": 3000, "status": "active", "start_s": at_s("2025-01-10"),
            "end_s": at_s("2025-06-10") if number == 2 else None, "billing_cycle": "month",
            "billing_cycle_count": 1,
        }
        for number in (1, 2)
    ],
    # a: new in January, grows in February, shrinks and ends in March
    # b: new in January, ends in February, comes back in March; c: another country, from February
    "chartmogul/contracts": [
        contract("a", "2025-01-10", "2025-02-10", 1000),
        contract("a", "2025-02-10", "2025-03-05", 1500),
        contract("a", "2025-03-05", "2025-03-20", 700),
        contract("b", "2025-01-15", "2025-02-20", 2000),
        contract("b", "2025-03-01", None, 2500),
        contract("c", "2025-02-01", "2025-12-01", 400, country="AT", plan_external_id="start"),
    ],
    "chartmogul/activities": [
        activity("act-1", "2025-01-31 23:59:59"),
        activity("act-2", "2025-02-01 00:00:00", "expansion"),
        activity("act-3", "2025-02-28 12:00:00", "contraction"),
        activity("act-4", "2025-06-10 00:00:00", "churn"),
    ],
    "chartmogul/invoices": [
        {
            "uuid": f"inv_{number}", "external_id": f"r-{number}", "customer_uuid": "cus_007",
            "created_ms": at_ms("2025-01-10") + number, "date_s": at_s("2025-01-10"),
            "due_s": at_s("2025-01-24"), "currency": "CHF",
        }
        for number in (1, 2, 3)
    ],
    "chartmogul/line_items": [
        {
            "invoice_uuid": "inv_1", "uuid": "li_1", "type": "subscription",
            "subscription_uuid": "sub_1", "subscription_external_id": "s-1", "plan_uuid": "pl_1",
            "prorated": False, "service_period_start_s": at_s("2025-01-10"),
            "service_period_end_s": at_s("2025-02-10"), "amount_cents": 3570, "quantity": 1,
            "discount_cents": 0, "tax_cents": 570,
        }
    ],
    "chartmogul/transactions": [
        {
            "invoice_uuid": "inv_1", "uuid": "tr_1", "type": "payment", "result": "successful",
            "date_s": at_s("2025-01-11"), "amount_cents": 3570,
        }
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_world(tmp_path_factory.mktemp("company"), COMPANY)


@pytest.fixture(scope="module")
def sandbox(folder: Path) -> Iterator[Sandbox]:
    with serve_in_thread(folder, clock=hurrying()) as running:
        yield running


def get(sandbox: Sandbox, path: str, **params: object) -> httpx.Response:
    url = f"{sandbox.base_url}/chartmogul/v1{path}"
    return HTTP.get(url, params=params, auth=CHARTMOGUL)  # type: ignore[arg-type]  # its own type is private


def uuids(answer: httpx.Response, root: str = "entries") -> list[str]:
    assert answer.status_code == 200, answer.text
    return [entry["uuid"] for entry in answer.json()[root]]


def test_a_wrong_key_is_named_in_the_vendors_words(sandbox: Sandbox) -> None:
    answer = HTTP.get(f"{sandbox.base_url}/chartmogul/v1/ping", auth=("wrong", ""))
    assert answer.status_code == 401
    assert answer.json() == {"code": 401, "message": "No valid API key provided", "param": None}


def test_the_key_alone_counts_whatever_the_password(sandbox: Sandbox) -> None:
    key = credentials.CHARTMOGUL_API_KEY
    answer = HTTP.get(f"{sandbox.base_url}/chartmogul/v1/ping", auth=(key, key))
    assert answer.json() == {"data": "pong!"}


def test_the_account_tells_its_currency_and_time_zone(sandbox: Sandbox) -> None:
    account = get(sandbox, "/account").json()
    assert (account["currency"], account["time_zone"]) == ("EUR", "UTC")
    assert "churn_when_zero_mrr" not in account


def test_the_account_tells_how_it_counts_only_to_who_asks(sandbox: Sandbox) -> None:
    account = get(sandbox, "/account", include="churn_when_zero_mrr,refund_handling").json()
    assert account["churn_when_zero_mrr"] == "ignore"
    assert "churn_recognition" not in account


def test_only_has_more_tells_the_last_page(sandbox: Sandbox) -> None:
    first = get(sandbox, "/customers", per_page=1000).json()
    assert (len(first["entries"]), first["has_more"]) == (200, True)
    last = get(sandbox, "/customers", cursor=first["cursor"]).json()
    assert (len(last["entries"]), last["has_more"]) == (6, False)
    assert last["cursor"]
    beyond = get(sandbox, "/customers", cursor=last["cursor"]).json()
    assert beyond == {"entries": [], "cursor": None, "has_more": False}


def test_a_cursor_is_a_moment_and_an_id(sandbox: Sandbox) -> None:
    page = get(sandbox, "/customers", per_page=1).json()
    moment, _, number = base64.b64decode(page["cursor"]).decode().partition("&")
    # the first of the list is the one that was made first: number 205
    assert number == "5205"
    made = datetime.fromtimestamp(at_ms("2025-02-01") // 1000 - 205, UTC)
    assert moment == f"{made:%Y-%m-%dT%H:%M:%S}.000000000Z"


def test_numbered_pages_are_still_told_but_not_with_a_cursor(sandbox: Sandbox) -> None:
    first = get(sandbox, "/customers", per_page=100).json()
    assert (first["current_page"], first["total_pages"], first["per_page"]) == (1, 3, 100)
    following = get(sandbox, "/customers", per_page=100, cursor=first["cursor"]).json()
    assert "total_pages" not in following
    numbered = get(sandbox, "/customers", per_page=100, page=2).json()
    assert numbered["entries"] == following["entries"]


def test_a_merged_customer_carries_all_its_external_ids(sandbox: Sandbox) -> None:
    (found,) = get(sandbox, "/customers", external_id="n-205").json()["entries"]
    assert found["external_ids"] == ["n-205", "n-900"]
    assert found["data_source_uuids"] == ["ds_1", "ds_1"]
    assert found["customer-since"] == "2025-01-20T10:00:00+00:00"
    assert found["attributes"]["custom"] == {"hubspot_company_id": "77"}
    assert found["address"]["country"] == "Germany"
    assert found["mrr"] == 3000


def test_a_filter_without_a_match_is_empty_but_a_search_is_a_404(sandbox: Sandbox) -> None:
    assert get(sandbox, "/customers", external_id="x").json()["entries"] == []
    answer = get(sandbox, "/customers/search", email="x@y.example")
    assert answer.status_code == 404
    assert answer.json() == {
        "code": 404,
        "message": 'Can\'t find any customers with email: "x@y.example"',
        "param": "email",
    }
    assert uuids(get(sandbox, "/customers/search", email="Kasse@firma.example")) == ["cus_205"]


def test_a_status_is_filtered_by_its_name_with_underscores(sandbox: Sandbox) -> None:
    assert uuids(get(sandbox, "/customers", status="Past_Due")) == ["cus_205"]


def test_the_cursor_of_subscriptions_never_ends(sandbox: Sandbox) -> None:
    path, cursors = "/customers/cus_007/subscriptions", []
    page = get(sandbox, path, per_page=1).json()
    for _ in range(3):
        cursors.append(base64.b64decode(page["cursor"]).decode())
        page = get(sandbox, path, per_page=1, cursor=page["cursor"]).json()
    assert cursors == [f"subscriptions_next_page={number}" for number in (2, 3, 4)]
    assert (page["entries"], page["has_more"]) == ([], False)


def test_a_subscription_shows_its_plans_name_and_its_end_ahead(sandbox: Sandbox) -> None:
    runs_on, ends = get(sandbox, "/customers/cus_007/subscriptions").json()["entries"]
    assert (runs_on["plan"], runs_on["billing-cycle"], runs_on["end-date"]) == (
        "Pro",
        "month",
        None,
    )
    assert ends["end-date"] == "2025-06-10T00:00:00+00:00"


def test_activities_are_cut_by_time_and_type_and_show_the_future(sandbox: Sandbox) -> None:
    february = {"start-date": "2025-02-01", "end-date": "2025-02-28"}
    assert uuids(get(sandbox, "/activities", **february)) == ["act-2", "act-3"]
    assert uuids(get(sandbox, "/activities", type="churn")) == ["act-4"]
    newest = get(sandbox, "/activities", order="-date", **{"start-date": "2025-02-28"})
    assert uuids(newest) == ["act-4", "act-3"]
    (entry,) = get(sandbox, "/activities", type="expansion").json()["entries"]
    assert entry["activity-mrr-movement"] == 3000
    assert (entry["customer-uuid"], entry["date"]) == ("cus_007", "2025-02-01T00:00:00+00:00")


def test_the_cursor_of_activities_is_the_last_one_shown(sandbox: Sandbox) -> None:
    page = get(sandbox, "/activities", per_page=3).json()
    assert (page["cursor"], page["has_more"]) == ("act-3", True)
    assert uuids(get(sandbox, "/activities", cursor="act-3")) == ["act-4"]
    assert get(sandbox, "/activities", cursor="vanished").status_code == 400


def test_a_customers_own_activities_have_another_shape(sandbox: Sandbox) -> None:
    entries = get(sandbox, "/customers/cus_007/activities").json()["entries"]
    assert [entry["date"][:10] for entry in entries][:2] == ["2025-06-10", "2025-02-28"]
    assert "currency-sign" in entries[0]
    assert "customer-uuid" not in entries[0]


def test_invoices_come_newest_first_with_their_lines_and_payments(sandbox: Sandbox) -> None:
    answer = get(sandbox, "/invoices")
    assert uuids(answer, "invoices") == ["inv_3", "inv_2", "inv_1"]
    invoice = answer.json()["invoices"][2]
    assert (invoice["currency"], invoice["date"]) == ("CHF", "2025-01-10T00:00:00.000Z")
    (line,), (payment,) = invoice["line_items"], invoice["transactions"]
    assert (line["amount_in_cents"], line["tax_amount_in_cents"]) == (3570, 570)
    assert line["service_period_end"] == "2025-02-10T00:00:00.000Z"
    assert (payment["type"], payment["result"], payment["amount_in_cents"]) == (
        "payment", "successful", 3570,
    )  # fmt: skip
    assert answer.json()["invoices"][0]["line_items"] == []


def test_plans_have_a_root_of_their_own(sandbox: Sandbox) -> None:
    (plan,) = get(sandbox, "/plans").json()["plans"]
    assert (plan["uuid"], plan["interval_unit"], plan["data_source_uuid"]) == (
        "pl_1",
        "month",
        "ds_1",
    )


def test_mrr_is_worked_out_from_contracts_and_split_into_five_movements(sandbox: Sandbox) -> None:
    entries = get(sandbox, "/metrics/mrr", **ACCOUNT_DAYS).json()["entries"]
    movements = ("new-business", "expansion", "contraction", "churn", "reactivation")
    told = [
        (entry["date"], entry["mrr"], *(entry[f"mrr-{name}"] for name in movements))
        for entry in entries
    ]
    assert told == [
        ("2025-01-31", 3000, 3000, 0, 0, 0, 0),
        ("2025-02-28", 1900, 400, 500, 0, -2000, 0),
        ("2025-03-31", 2900, 0, 0, -800, -700, 2500),
    ]
    assert [entry["percentage-change"] for entry in entries] == [0.0, -36.67, 52.63]


def test_the_last_period_is_clipped_to_the_end_that_was_asked_for(sandbox: Sandbox) -> None:
    days = {"start-date": "2025-02-01", "end-date": "2025-03-10"}
    entries = get(sandbox, "/metrics/mrr", **days).json()["entries"]
    assert [(entry["date"], entry["mrr"]) for entry in entries] == [
        ("2025-02-28", 1900),
        ("2025-03-10", 700 + 2500 + 400),
    ]


def test_customers_are_counted_at_the_end_of_each_period(sandbox: Sandbox) -> None:
    entries = get(sandbox, "/metrics/customer-count", **ACCOUNT_DAYS).json()["entries"]
    assert [entry["customers"] for entry in entries] == [2, 2, 2]


def test_rates_are_percent_and_mrr_churn_is_net(sandbox: Sandbox) -> None:
    body = get(sandbox, "/metrics/all", **ACCOUNT_DAYS).json()
    february = body["entries"][1]
    assert february["customer-churn-rate"] == 50.0
    assert february["mrr-churn-rate"] == 50.0
    assert february["arpa"] == 950
    assert body["entries"][2]["mrr-churn-rate"] == -52.63
    # today is 1 April: nothing has ended since the end of March
    assert body["summary"]["current-mrr"] == 2900


@pytest.mark.parametrize(
    ("chosen", "mrr"),
    [({"geo": "AT"}, [0, 400, 400]), ({"plans": "pro"}, [3000, 1500, 2500])],
    ids=["country", "plan"],
)
def test_metrics_can_be_told_for_a_part(
    sandbox: Sandbox, chosen: dict[str, str], mrr: list[int]
) -> None:
    entries = get(sandbox, "/metrics/mrr", **ACCOUNT_DAYS, **chosen).json()["entries"]
    assert [entry["mrr"] for entry in entries] == mrr


def test_an_unknown_metric_is_a_404_and_dates_are_required(sandbox: Sandbox) -> None:
    assert get(sandbox, "/metrics/joy", **ACCOUNT_DAYS).status_code == 404
    assert get(sandbox, "/metrics/mrr").status_code == 400


def test_a_second_has_40_requests(folder: Path) -> None:
    clock = Clock()
    with serve_in_thread(folder, clock=clock) as sandbox:
        codes = [get(sandbox, "/ping").status_code for _ in range(41)]
        assert codes == [200] * 40 + [429]
        clock.now += 1
        assert get(sandbox, "/ping").status_code == 200


def test_no_more_than_20_connections_are_served_at_once(folder: Path) -> None:
    moves = threading.Event()
    with serve_in_thread(folder, clock=held_up(moves)) as sandbox:
        codes = first_and_others(moves, 21, lambda: get(sandbox, "/ping").status_code)
    assert codes == [503] + [200] * 20
