"""Pages of contacts that are empty although ActiveCampaign says that more follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import IncompleteAnswerError
from ingestion.loading.run import run
from ingestion.sources import activecampaign
from tests.ingestion.sources.emulator import Emulator, Request, gone, only, serve, stored

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTACTS = only(activecampaign.LOAD, "contacts")


class Contacts:
    """An account's contacts, of which some are not shown.

    Args:
        counts_all: Whether the total counts all contacts, or those behind the id that was sent.
    """

    def __init__(self) -> None:
        self.numbers = list(range(1, 1001))
        self.shown_until = 1000
        self.counts_all = False

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        after = int(request.params["id_greater"])
        behind = [number for number in self.numbers if number > after]
        moment = "2026-05-01T09:00:00-05:00"
        shown = [
            {"id": str(number), "email": f"c{number}@x.example", "cdate": moment, "udate": moment}
            for number in behind[:100]
            if number <= self.shown_until
        ]
        total = len(self.numbers if self.counts_all else behind)
        return {"contacts": shown, "meta": {"total": str(total)}}


@pytest.fixture
def contacts() -> Contacts:
    return Contacts()


@pytest.fixture(autouse=True)
def vendor(contacts: Contacts, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setenv("KETTE_TODAY", "2026-06-15")
    with serve(contacts.answer) as emulator:
        monkeypatch.setenv("SOURCES__ACTIVECAMPAIGN__BASE_URL", emulator.url)
        monkeypatch.setenv("SOURCES__ACTIVECAMPAIGN__API_TOKEN", "activecampaign-token")
        yield emulator


@pytest.fixture(params=[False, True], ids=["total of those behind the id", "total of all"])
def counts_all(request: pytest.FixtureRequest, contacts: Contacts) -> bool:
    """Let the total mean the one or the other: which it is is not documented."""
    contacts.counts_all = bool(request.param)
    return contacts.counts_all


@pytest.mark.usefixtures("counts_all")
def test_an_empty_page_in_the_middle_ends_no_listing_and_nobody_is_gone(
    contacts: Contacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(CONTACTS)
    contacts.shown_until = 900
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    with pytest.raises(IncompleteAnswerError, match="a page in the middle of the listing is empty"):
        run(CONTACTS)
    assert gone("activecampaign", "contacts", "id") == set()


@pytest.mark.usefixtures("counts_all")
def test_a_listing_that_is_short_by_less_than_a_page_is_no_full_one(
    contacts: Contacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(CONTACTS)
    contacts.shown_until = 950
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    (found,) = run(CONTACTS)
    assert "50 records were announced and not shown" in found.note
    assert gone("activecampaign", "contacts", "id") == set()


@pytest.mark.usefixtures("counts_all")
def test_contacts_that_are_deleted_while_they_are_listed_are_not_missed(
    contacts: Contacts, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(CONTACTS)
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")

    def delete(request: Request) -> Any:
        if request.params["id_greater"] == "500":
            contacts.numbers = [number for number in contacts.numbers if not 600 < number <= 650]
        return contacts.answer(request)

    vendor.answer = delete
    (found,) = run(CONTACTS)
    assert found.note == ""
    assert gone("activecampaign", "contacts", "id") == {str(n) for n in range(601, 651)}
    assert stored("select count(*) from raw_activecampaign.contacts") == [(1000,)]
