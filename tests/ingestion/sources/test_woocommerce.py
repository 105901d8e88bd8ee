"""WooCommerce: numbered pages with totals in headers, orders that change, the bin, and deletion."""

from __future__ import annotations

import base64
import gzip
import json
import secrets
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ingestion.errors import CredentialsError, IncompleteAnswerError, KetteError
from ingestion.loading import dlt_package
from ingestion.loading.run import run
from ingestion.sandbox import world
from ingestion.sandbox.server import serve_in_thread
from ingestion.sources import woocommerce
from tests.ingestion.sandbox.handmade import hurrying
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request, gone, serve, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY, SECRET = "ck_key", "cs_secret"


def order(number: int, made: str, changed: str | None = None, **more: Any) -> dict[str, Any]:
    """Return an order as the shop shows it; the site's clock runs two hours ahead."""
    ahead = (datetime.fromisoformat(made) + timedelta(hours=2)).isoformat()
    return {
        "id": number, "number": str(number), "status": "completed", "currency": "EUR",
        "total": "49.00", "date_created": ahead, "date_created_gmt": made,
        "date_modified": ahead, "date_modified_gmt": changed or made, "customer_id": 0,
        "billing": {"email": "mia@firm.example"}, "line_items": [], "refunds": [], **more,
    }  # fmt: skip


class Shop:
    """A shop with two orders a page."""

    def __init__(self) -> None:
        self.orders: dict[int, dict[str, Any]] = {}
        self.page_size = 2
        self.tells_totals = True
        self.knows_modified_after = True
        self.before_page: Any = lambda _request: None

    def add(self, *orders: dict[str, Any]) -> None:
        """Add orders, or change them."""
        self.orders.update({each["id"]: each for each in orders})

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        pair = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {pair}":
            body = {
                "code": "woocommerce_rest_cannot_view",
                "message": "Sorry",
                "data": {"status": 401},
            }
            return Reply(body, 401)
        self.before_page(request)
        asked = request.params
        assert (asked["orderby"], asked["order"], asked["per_page"]) == ("id", "asc", "100")
        found = [each for _, each in sorted(self.orders.items()) if self._is_asked(each, asked)]
        start = (int(asked["page"]) - 1) * self.page_size
        fields = asked.get("_fields", "").split(",") if asked.get("_fields") else None
        shown = [
            {name: value for name, value in each.items() if fields is None or name in fields}
            for each in found[start : start + self.page_size]
        ]
        pages = -(-len(found) // self.page_size)
        totals = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
        return Reply(shown, headers=totals if self.tells_totals else {})

    def _is_asked(self, each: dict[str, Any], asked: dict[str, str]) -> bool:
        if asked["status"] == "any" and each["status"] == "trash":
            return False
        if asked["status"] not in {"any", each["status"]}:
            return False
        bounds = {"after": "created", "before": "created"}
        if self.knows_modified_after:
            bounds["modified_after"] = "modified"
        for name, column in bounds.items():
            if name in asked:
                assert asked["dates_are_gmt"] == "true"
                value, bound = each[f"date_{column}_gmt"], asked[name]
                if not (value < bound if name == "before" else value > bound):
                    return False
        return True


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def vendor(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setenv("KETTE_TODAY", "2026-06-15")
    with serve(shop.answer) as emulator:
        yield emulator


def settings(vendor: Emulator, **more: Any) -> woocommerce.WoocommerceSettings:
    given = {"consumer_key": KEY, "consumer_secret": SECRET, "start_date": date(2026, 1, 1), **more}
    return woocommerce.WoocommerceSettings(base_url=vendor.url, **given)


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    return Reading(woocommerce.LOAD, settings(vendor))


def numbers(
    reading: Reading, stream: str = "orders", *, known: bool = False, **dates: Any
) -> list[str]:
    """Return which orders a run reads."""
    reader = reading.reader(stream, known=known, **dates)
    return [row["id"] for row in reading.rows(stream, reader)]


def test_pages_are_read_to_the_last_that_the_headers_announce(
    shop: Shop, vendor: Emulator, reading: Reading
) -> None:
    shop.add(*(order(number, f"2026-06-0{number}T10:00:00") for number in range(1, 6)))
    assert numbers(reading) == ["1", "2", "3", "4", "5"]
    last_span = [each for each in vendor.requests if "2026-06" in each.params["before"]]
    assert [each.params["page"] for each in last_span] == ["1", "2", "3"]


def test_without_totals_pages_are_read_until_an_empty_one(shop: Shop, reading: Reading) -> None:
    shop.tells_totals = False
    shop.add(*(order(number, f"2026-06-0{number}T10:00:00") for number in range(1, 6)))
    assert numbers(reading) == ["1", "2", "3", "4", "5"]


def test_an_order_that_is_binned_while_pages_are_read_hides_no_other(
    shop: Shop, reading: Reading
) -> None:
    shop.add(*(order(number, f"2026-06-0{number}T10:00:00") for number in range(1, 6)))
    happened = []

    def bin_the_first(request: Request) -> None:
        if request.params["page"] == "2" and not happened:
            happened.append(request)
            shop.add({**shop.orders[1], "status": "trash"})

    shop.before_page = bin_the_first
    # order 3 moved to the first page, which had been read
    assert sorted(numbers(reading)) == ["1", "2", "3", "4", "5"]


def test_a_list_that_never_brings_what_it_announces_is_an_error(
    shop: Shop, vendor: Emulator, reading: Reading
) -> None:
    vendor.answer = lambda request: Reply(
        [order(1, "2026-06-01T10:00:00")] if request.params["page"] == "1" else [],
        headers={"X-WP-Total": "9", "X-WP-TotalPages": "5"},
    )
    with pytest.raises(IncompleteAnswerError, match="9 records are announced, and 1 came"):
        reading.rows("orders")
    assert len(vendor.requests) < 20


def test_times_are_the_shops_utc_columns_not_its_own_clock(shop: Shop, reading: Reading) -> None:
    shop.add(order(1, "2026-06-01T22:30:00", "2026-06-02T08:00:00"))
    (row,) = reading.rows("orders")
    assert row["created_at"] == datetime(2026, 6, 1, 22, 30, tzinfo=UTC)
    assert row["updated_at"] == datetime(2026, 6, 2, 8, tzinfo=UTC)


def test_a_later_run_reads_what_changed_since_an_hour_before_the_last(
    shop: Shop, vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add(order(1, "2026-02-01T10:00:00"), order(2, "2026-06-14T10:00:00"))
    assert numbers(reading) == ["1", "2"]
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    # an order of February is paid back: the change counts, not when it was made
    shop.add(order(1, "2026-02-01T10:00:00", "2026-06-14T23:30:00", status="refunded"))
    vendor.requests.clear()
    assert numbers(reading, known=True) == ["1"]
    assert vendor.requests[0].params["modified_after"] == "2026-06-14T23:00:00"


def test_a_shop_that_knows_no_filter_by_change_sends_all_and_nothing_is_lost(
    shop: Shop, reading: Reading
) -> None:
    shop.knows_modified_after = False
    shop.add(order(1, "2026-02-01T10:00:00"), order(2, "2026-06-14T10:00:00"))
    numbers(reading)
    assert numbers(reading, known=True) == ["1", "2"]


def test_a_span_that_is_asked_for_by_hand_leaves_the_cursor(shop: Shop, reading: Reading) -> None:
    shop.add(*(order(number, f"2026-06-0{number}T00:00:00") for number in range(1, 6)))
    numbers(reading)
    before = dict(reading.states["orders"])
    dates = {"from_date": date(2026, 6, 2), "to_date": date(2026, 6, 3)}
    # midnights belong to both neighbours: rather twice than not at all
    assert {"2", "3"} <= set(numbers(reading, known=True, **dates)) <= {"2", "3", "4"}
    assert reading.states["orders"] == before


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"code": "rate_limited"}, 429, {"Retry-After": "2"}),
        Reply(b"oops", 503),
        Reply([], reset=True),
        Reply(gzip.compress(b"[]")[:-9], headers={"Content-Encoding": "gzip"}),
        Reply(b"<html>Maintenance</html>"),
    ],
    ids=["429 with wait", "503", "reset", "cut gzip", "a page for people"],
)
def test_a_passing_fault_costs_no_order(
    shop: Shop, vendor: Emulator, reading: Reading, fault: Reply
) -> None:
    shop.add(*(order(number, f"2026-06-0{number}T10:00:00") for number in range(1, 6)))
    vendor.faults.update(dict.fromkeys(range(1, 30, 2), fault))
    assert numbers(reading) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("url", ["http://shop.example", "shop.example", "ftp://shop.example"])
def test_a_key_is_sent_by_https_only(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__WOOCOMMERCE__BASE_URL", url)
    with pytest.raises(KetteError, match="no https address"):
        dlt_package.resolve(woocommerce.LOAD)
    monkeypatch.setenv("SOURCES__WOOCOMMERCE__BASE_URL", "https://shop.example")
    assert dlt_package.resolve(woocommerce.LOAD).base_url == "https://shop.example"


def test_a_refused_key_is_not_shown(vendor: Emulator) -> None:
    wrong = settings(vendor, consumer_secret="cs_wrong")
    with pytest.raises(CredentialsError) as refused:
        Reading(woocommerce.LOAD, wrong).rows("orders")
    assert "cs_wrong" not in str(refused.value)


def test_the_bin_and_deletion_show_in_the_daily_listing_of_states(
    shop: Shop, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("BASE_URL", vendor.url),
        ("CONSUMER_KEY", KEY),
        ("CONSUMER_SECRET", SECRET),
    ):
        monkeypatch.setenv(f"SOURCES__WOOCOMMERCE__{name}", value)
    shop.add(*(order(number, f"2026-06-0{number}T10:00:00") for number in range(1, 9)))
    run(woocommerce.LOAD)
    shop.add({**shop.orders[2], "status": "trash"})
    del shop.orders[3]
    asked = len(vendor.requests)
    run(woocommerce.LOAD)
    # the same day: states are not listed again
    assert len(vendor.requests) - asked <= 1
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    run(woocommerce.LOAD)
    states = dict(stored("select id, status from raw_woocommerce.order_states"))
    assert states["2"] == "trash"
    assert gone("woocommerce", "order_states", "id") == {"3"}
    # what was loaded of them stays
    assert stored("select count(*) from raw_woocommerce.orders") == [(8,)]


def test_a_refund_that_leaves_the_time_of_change_shows_in_the_daily_listing(
    shop: Shop, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("BASE_URL", vendor.url),
        ("CONSUMER_KEY", KEY),
        ("CONSUMER_SECRET", SECRET),
    ):
        monkeypatch.setenv(f"SOURCES__WOOCOMMERCE__{name}", value)
    shop.add(order(1, "2026-06-01T10:00:00"), order(2, "2026-06-02T10:00:00", total="120.00"))
    run(woocommerce.LOAD)
    paid_back = [{"id": 5002, "reason": "", "total": "-30.00"}]
    shop.add({**shop.orders[2], "refunds": paid_back})
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    asked = len(vendor.requests)
    run(woocommerce.LOAD)
    # what changed, and the two listings, the bin's too
    assert len(vendor.requests) - asked == 3
    told = "select payload->>'total', payload->'refunds' from raw_woocommerce.order_states "
    assert [(total, json.loads(each)) for total, each in stored(told + "where id = '2'")] == [
        ("120.00", paid_back)
    ]


def test_history_is_committed_span_by_span_and_a_cut_run_goes_on(
    shop: Shop, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("BASE_URL", vendor.url),
        ("CONSUMER_KEY", KEY),
        ("CONSUMER_SECRET", SECRET),
    ):
        monkeypatch.setenv(f"SOURCES__WOOCOMMERCE__{name}", value)
    monkeypatch.setenv("SOURCES__WOOCOMMERCE__START_DATE", "2026-01-01")
    shop.add(order(1, "2026-01-05T10:00:00"), order(2, "2026-05-05T10:00:00"))
    shop.add(order(3, "2026-05-06T10:00:00", date_modified_gmt={"not": "a time"}))
    is_open = [False]

    def fail_late(request: Request) -> Any:
        late = request.params.get("after", "") > "2026-02"
        return Reply(b"", 502) if late and not is_open[0] else shop.answer(request)

    vendor.answer = fail_late
    with pytest.raises(KetteError, match="status 502"):
        run(woocommerce.LOAD)
    query = "select id, status from raw_woocommerce.orders order by 1"
    assert stored(query) == [("1", "completed")]
    is_open[0] = True
    vendor.requests.clear()
    found = {each.stream: each for each in run(woocommerce.LOAD)}
    assert not [each for each in vendor.requests if each.params.get("before", "9") < "2026-02"]
    assert found["orders"].quarantined == 1
    assert stored(query) == [("1", "completed"), ("2", "completed")]


def test_a_whole_shop_arrives_and_a_second_load_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = secrets.randbelow(100_000)
    world.generate(tmp_path, customers=300, months=12, seed=seed, until=date(2026, 6, 1))
    files = f"'{tmp_path}/woocommerce/orders.parquet'"
    expected = duckdb.sql(
        f"select id::varchar, status, total from {files} where status != 'trash' order by 1"
    ).fetchall()
    states = duckdb.sql(f"select id::varchar, status from {files} order by 1").fetchall()
    query = "select id, status, payload->>'total' from raw_woocommerce.orders order by 1"
    with serve_in_thread(tmp_path, clock=hurrying()) as sandbox:
        for name, value in {**sandbox.environment(), "KETTE_TODAY": "2026-06-01"}.items():
            monkeypatch.setenv(name, value)
        run(woocommerce.LOAD)
        assert stored(query) == expected, f"--seed {seed}"
        listed = stored("select id, status from raw_woocommerce.order_states order by 1")
        assert listed == states, f"--seed {seed}"
        before = len(sandbox.requests)
        run(woocommerce.LOAD)
        assert stored(query) == expected
        assert len(sandbox.requests) - before <= 2
