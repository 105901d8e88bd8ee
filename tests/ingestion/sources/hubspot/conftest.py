"""A HubSpot account in miniature and readings of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ingestion.sources import hubspot
from tests.ingestion.sources.emulator import Emulator, Reading, serve
from tests.ingestion.sources.hubspot.crm import TODAY, TOKEN, Crm

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTE_TODAY", TODAY.isoformat())
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest.fixture
def vendor(crm: Crm) -> Iterator[Emulator]:
    with serve(crm.answer) as emulator:
        yield emulator


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    settings = hubspot.HubSpotSettings(
        base_url=vendor.url, start_date=date(2020, 1, 1), access_token=TOKEN
    )
    return Reading(hubspot.LOAD, settings)
