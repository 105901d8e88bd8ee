"""The sandbox speaks WooCommerce and WordPress; a demo reads them only on request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ingestion.sandbox import credentials
from ingestion.sandbox.server import Sandbox, serve_in_thread
from tests.ingestion.sandbox.handmade import HTTP, at_ms, hurrying, write_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHOP = httpx.BasicAuth(
    credentials.WOOCOMMERCE_CONSUMER_KEY, credentials.WOOCOMMERCE_CONSUMER_SECRET
)
# WordPress shows the password in groups; with or without the blanks it is the same
SITE = httpx.BasicAuth(
    credentials.WORDPRESS_USERNAME, credentials.WORDPRESS_APPLICATION_PASSWORD.replace(" ", "")
)


def order(number: int, status: str = "completed", refunded: str = "0.00") -> dict[str, Any]:
    return {
        "id": number, "status": status, "currency": "EUR", "total": "49.00", "customer_id": 0,
        "email": "Mia@firm.example", "items_json": "[]", "refunded": refunded,
        "created_ms": at_ms("2025-03-01 22:30") + number * 60_000,
        "modified_ms": at_ms("2025-03-05 10:00") - number * 60_000,
    }  # fmt: skip


def comment(number: int, status: str = "approved") -> dict[str, Any]:
    return {
        "id": number, "post": 5, "slug": "post", "author": 0, "author_name": "Mia",
        "author_email": "mia@firm.example", "type": "comment", "status": status,
        "content": "<p>Danke</p>", "created_ms": at_ms("2025-03-01 22:30") + number * 60_000,
    }  # fmt: skip


COMPANY = {
    "woocommerce/orders": [
        *(order(n) for n in range(1, 13)),
        order(13, "trash"),
        order(14, "refunded", "49.00"),
    ],
    "wordpress/comments": [
        *(comment(n) for n in range(1, 13)),
        comment(13, "hold"),
        comment(14, "spam"),
        comment(15, "trash"),
    ],
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = write_world(tmp_path_factory.mktemp("company"), COMPANY)
    with serve_in_thread(folder, clock=hurrying()) as running:
        yield running


def orders(sandbox: Sandbox, auth: Any = SHOP, **params: str) -> httpx.Response:
    url = f"{sandbox.base_url}/woocommerce/wp-json/wc/v3/orders"
    return HTTP.get(url, params=params, auth=auth)


def comments(sandbox: Sandbox, auth: Any = SITE, **params: str) -> httpx.Response:
    url = f"{sandbox.base_url}/wordpress/wp-json/wp/v2/comments"
    return HTTP.get(url, params=params, auth=auth)


def ids(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()]


def test_pages_have_ten_records_the_newest_first_and_totals_in_headers(sandbox: Sandbox) -> None:
    first = orders(sandbox)
    assert ids(first) == [14, *range(12, 3, -1)]
    assert (first.headers["X-WP-Total"], first.headers["X-WP-TotalPages"]) == ("13", "2")
    assert ids(orders(sandbox, page="2", order="asc", orderby="id")) == [11, 12, 14]
    assert orders(sandbox, per_page="101").json()["code"] == "rest_invalid_param"


def test_a_page_behind_the_last_is_empty_in_the_shop_and_an_error_at_the_site(
    sandbox: Sandbox,
) -> None:
    assert ids(orders(sandbox, page="3")) == []
    behind = comments(sandbox, page="3")
    assert (behind.status_code, behind.json()["code"]) == (400, "rest_post_invalid_page_number")


def test_the_bin_is_shown_on_demand_only(sandbox: Sandbox) -> None:
    assert 13 not in ids(orders(sandbox, per_page="100"))
    assert ids(orders(sandbox, status="trash", _fields="id,status")) == [13]
    assert orders(sandbox, status="trash", _fields="id,status").json()[0].keys() == {"id", "status"}


def test_moments_are_the_sites_clock_unless_they_are_said_to_be_gmt(sandbox: Sandbox) -> None:
    shown = orders(sandbox, order="asc", orderby="id", per_page="1").json()[0]
    assert shown["date_created_gmt"] == "2025-03-01T22:31:00"
    assert shown["date_created"] == "2025-03-01T23:31:00"
    bound = {"after": "2025-03-01T22:40:00", "orderby": "id", "order": "asc"}
    assert ids(orders(sandbox, **bound, dates_are_gmt="true")) == [11, 12, 14]
    # by the site's clock it is an hour earlier: all of them come after it
    assert len(ids(orders(sandbox, **bound, per_page="100"))) == 13


def test_orders_are_found_by_their_last_change(sandbox: Sandbox) -> None:
    bound = {"modified_after": "2025-03-05T09:56:30", "dates_are_gmt": "true"}
    assert sorted(ids(orders(sandbox, **bound))) == [1, 2, 3]


def test_what_was_paid_back_is_negative(sandbox: Sandbox) -> None:
    newest = orders(sandbox, per_page="1").json()[0]
    assert (newest["total"], newest["refunds"][0]["total"]) == ("49.00", "-49.00")


def test_a_wrong_key_is_refused(sandbox: Sandbox) -> None:
    assert orders(sandbox, auth=None).status_code == 401
    assert orders(sandbox, auth=("ck_wrong", "cs_wrong")).status_code == 401
    assert comments(sandbox, auth=("kette", "wrong")).json()["code"] == "incorrect_password"


def test_a_visitor_sees_approved_comments_without_addresses(sandbox: Sandbox) -> None:
    seen = comments(sandbox, auth=None, per_page="100")
    assert len(ids(seen)) == 12
    assert "author_email" not in seen.json()[0]
    for more in ({"status": "spam"}, {"context": "edit"}):
        assert comments(sandbox, auth=None, **more).status_code == 401


def test_a_moderator_sees_addresses_and_each_state(sandbox: Sandbox) -> None:
    assert comments(sandbox, context="edit").json()[0]["author_email"] == "mia@firm.example"
    found = {name: ids(comments(sandbox, status=name)) for name in ("hold", "spam", "trash")}
    assert found == {"hold": [13], "spam": [14], "trash": [15]}
    assert len(ids(comments(sandbox, status="all", per_page="100"))) == 13


def test_too_many_requests_are_refused(tmp_path: Path) -> None:
    with serve_in_thread(write_world(tmp_path), clock=lambda: 0.0) as still:
        found = [orders(still) for _ in range(26)]
    assert [each.status_code for each in found[-2:]] == [200, 429]
    assert found[-1].headers["Retry-After"] == "1"
