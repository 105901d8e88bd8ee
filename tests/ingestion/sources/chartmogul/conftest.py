"""A ChartMogul account in miniature, served, and readings of it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ingestion.sources import chartmogul
from tests.ingestion.sources.chartmogul.billing import KEY, TODAY, Billing
from tests.ingestion.sources.emulator import Emulator, Reading, serve

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTE_TODAY", TODAY.isoformat())
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)


@pytest.fixture
def billing() -> Billing:
    return Billing()


@pytest.fixture
def vendor(billing: Billing, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    with serve(billing.answer) as emulator:
        monkeypatch.setenv("SOURCES__CHARTMOGUL__BASE_URL", emulator.url)
        monkeypatch.setenv("SOURCES__CHARTMOGUL__API_KEY", KEY)
        monkeypatch.setenv("SOURCES__CHARTMOGUL__START_DATE", "2025-01-01")
        yield emulator


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    settings = chartmogul.ChartMogulSettings(
        base_url=vendor.url, start_date=date(2025, 1, 1), api_key=KEY
    )
    return Reading(chartmogul.LOAD, settings)
