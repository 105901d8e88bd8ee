"""A tawk.to property in miniature, served, and readings of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ingestion.sources import tawk
from tests.ingestion.sources.emulator import Emulator, Reading, serve
from tests.ingestion.sources.tawk.property import KEY, PROPERTY, SECRET, TODAY, Property

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTE_TODAY", TODAY.isoformat())
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)


@pytest.fixture
def account() -> Property:
    return Property()


@pytest.fixture
def vendor(account: Property) -> Iterator[Emulator]:
    with serve(account.answer) as emulator:
        yield emulator


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    settings = tawk.TawkSettings(
        base_url=vendor.url, api_key=KEY, property_id=PROPERTY, webhook_secret=SECRET
    )
    return Reading(tawk.LOAD, settings)
