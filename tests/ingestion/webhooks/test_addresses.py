"""Vendors that sign nothing: the secret is the end of the address they were given."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.webhooks import app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET = "4f1c-öffne-dich"
URL = "/webhooks/activecampaign"
CLICK = (
    b"type=click&date_time=2026-05-31T04%3A12%3A17-05%3A00&initiated_from=system"
    b"&contact%5Bid%5D=12&contact%5Bemail%5D=mia%40kunde.example&campaign%5Bid%5D=3"
    b"&link%5Burl%5D=https%3A%2F%2Fnordlicht.example%2Fpricing"
)


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, bytes], httpx.Response]]:
    """Return what posts a body to the receiver."""
    monkeypatch.setenv("SOURCES__ACTIVECAMPAIGN__WEBHOOK_SECRET", SECRET)
    receiving = app.make_app()
    session = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=receiving), base_url="http://receiver"
    )
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with asyncio.Runner() as runner:
        life = receiving.router.lifespan_context(receiving)
        runner.run(life.__aenter__())
        yield lambda url, body: runner.run(session.post(url, content=body, headers=form))
        runner.run(life.__aexit__(None, None, None))


def stored() -> list[dict[str, Any]]:
    return store.rows(sa.select(tables.webhook_inbox).order_by(tables.webhook_inbox.c.id))


def test_a_form_is_stored_as_it_came_under_the_name_of_its_event(
    post: Callable[[str, bytes], httpx.Response],
) -> None:
    answer = post(f"{URL}/{SECRET}", CLICK)
    assert (answer.status_code, answer.json()) == (200, {"status": "stored"})
    (row,) = stored()
    assert (row["source"], row["event"], row["body"]) == ("activecampaign", "click", CLICK)


def test_a_message_without_id_that_comes_again_is_stored_once(
    post: Callable[[str, bytes], httpx.Response],
) -> None:
    bodies = (CLICK, CLICK.replace(b"17-05", b"18-05"), CLICK)
    outcomes = [post(f"{URL}/{SECRET}", body).json()["status"] for body in bodies]
    assert outcomes == ["stored", "stored", "repeated"]


@pytest.mark.parametrize(
    "address",
    [URL, f"{URL}/", f"{URL}/another", f"{URL}/{SECRET}x", f"{URL}?key={SECRET}", f"{URL}/%FF"],
    ids=["no key", "empty", "other", "longer", "in the query", "no UTF-8"],
)
def test_who_does_not_know_the_address_stores_nothing(
    post: Callable[[str, bytes], httpx.Response], address: str
) -> None:
    assert post(address, CLICK).status_code in {401, 404, 307}
    assert stored() == []


@pytest.mark.parametrize(
    "body", [b"\xff", b"type=new_kind", b"no=type"], ids=["binary", "new", "no type"]
)
def test_what_is_posted_there_is_stored_whatever_it_says(
    post: Callable[[str, bytes], httpx.Response], body: bytes
) -> None:
    assert post(f"{URL}/{SECRET}", body).status_code == 200
    assert [row["body"] for row in stored()] == [body]


def test_a_signing_vendor_is_not_let_in_by_an_address(
    post: Callable[[str, bytes], httpx.Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__TAWK__WEBHOOK_SECRET", SECRET)
    assert post(f"/webhooks/tawk/{SECRET}", b"{}").status_code == 401
    assert stored() == []
