"""A vendor to ask, and a clock that moves instead of waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingestion.http import client as http, rate_limits
from ingestion.http.auth import BearerAuth
from ingestion.http.client import Client
from tests.ingestion.sources.emulator import Emulator, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = {"items": [1, 2, 3]}
SECRET = "s3cret-t0ken"


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that the client made; none is really made, the clock moves instead."""
    made: list[float] = []
    monkeypatch.setattr(http, "sleep", made.append)
    monkeypatch.setattr(rate_limits, "clock", lambda: 1_000_000.0 + sum(made))
    return made


@pytest.fixture
def vendor() -> Iterator[Emulator]:
    with serve(lambda _: GOOD) as emulator:
        yield emulator


def client(vendor: Emulator, **named: Any) -> Client:
    return Client("crm", f"{vendor.url}/v1", BearerAuth(SECRET), **named)
