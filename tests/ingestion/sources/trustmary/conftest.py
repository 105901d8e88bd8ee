"""A Trustmary account in miniature, served, and readings of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ingestion.sources import trustmary
from tests.ingestion.sources.emulator import Emulator, Reading, serve
from tests.ingestion.sources.trustmary.account import KEY, TODAY, Account

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture(autouse=True)
def vendor(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setenv("KETTE_TODAY", TODAY)
    with serve(account.answer) as emulator:
        monkeypatch.setenv("SOURCES__TRUSTMARY__BASE_URL", emulator.url)
        monkeypatch.setenv("SOURCES__TRUSTMARY__API_KEY", KEY)
        yield emulator


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    settings = trustmary.TrustmarySettings(base_url=vendor.url, api_key=KEY)
    return Reading(trustmary.LOAD, settings)
