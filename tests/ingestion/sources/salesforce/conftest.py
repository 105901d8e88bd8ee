"""A Salesforce org in miniature and readings of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ingestion.sources import salesforce
from tests.ingestion.sources.emulator import Emulator, Reading, serve
from tests.ingestion.sources.salesforce.org import CLIENT_ID, REFRESH, SECRET, TODAY, Org

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTE_TODAY", TODAY.isoformat())
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)


@pytest.fixture
def org() -> Org:
    return Org()


@pytest.fixture
def vendor(org: Org) -> Iterator[Emulator]:
    with serve(org.answer) as emulator:
        org.url = emulator.url
        yield emulator


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    settings = salesforce.SalesforceSettings(
        base_url=vendor.url,
        start_date=date(2020, 1, 1),
        client_id=CLIENT_ID,
        client_secret=SECRET,
        refresh_token=REFRESH,
    )
    return Reading(salesforce.LOAD, settings)
