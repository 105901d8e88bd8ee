"""A Calendly organisation in miniature, served, and readings of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ingestion.sources import calendly
from tests.ingestion.sources.calendly.booking import TOKEN, Calendar
from tests.ingestion.sources.calendly.loading import TODAY
from tests.ingestion.sources.emulator import Emulator, Reading, serve

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def vendor(calendar: Calendar, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setenv("KETTE_TODAY", TODAY.isoformat())
    with serve(calendar.answer) as emulator:
        monkeypatch.setenv("SOURCES__CALENDLY__BASE_URL", emulator.url)
        monkeypatch.setenv("SOURCES__CALENDLY__ACCESS_TOKEN", TOKEN)
        monkeypatch.setenv("SOURCES__CALENDLY__START_DATE", "2025-01-01")
        yield emulator


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    settings = calendly.CalendlySettings(
        base_url=vendor.url, access_token=TOKEN, start_date=date(2025, 1, 1)
    )
    return Reading(calendly.LOAD, settings)
