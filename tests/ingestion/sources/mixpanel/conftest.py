"""A Mixpanel project on the loopback address, and the source pointed at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ingestion.http import client, rate_limits
from tests.ingestion.sources.emulator import Emulator, serve
from tests.ingestion.sources.project import PROJECT, SECRET, USER, Project, event

if TYPE_CHECKING:
    from collections.abc import Iterator


TODAY = "2026-05-25"


@pytest.fixture
def project() -> Project:
    made = Project(TODAY)
    made.events = [
        event("2026-05-20T10:00:00.250", "a1"),
        event("2026-05-20T23:59:59", "a2", name="Signed Up", plan="pro"),
        event("2026-05-21T00:00:00", "a3", distinct_id="$device:d1", **{"$device_id": "d1"}),
        event("2026-05-24T12:00:00", "a4"),
    ]
    return made


@pytest.fixture
def waited() -> list[float]:
    """Return the pauses of the client; the clock moves by what is added here."""
    return []


@pytest.fixture(autouse=True)
def vendor(
    project: Project, waited: list[float], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Emulator]:
    with serve(project.answer) as emulator:
        values = {
            "BASE_URL": emulator.url,
            "QUERY_BASE_URL": emulator.url,
            "PROJECT_ID": str(PROJECT),
            "SERVICE_ACCOUNT_USERNAME": USER,
            "SERVICE_ACCOUNT_SECRET": SECRET,
            "START_DATE": "2026-05-01",
        }
        for name, value in values.items():
            monkeypatch.setenv(f"SOURCES__MIXPANEL__{name}", value)
        monkeypatch.setenv("KETTE_TODAY", TODAY)
        monkeypatch.setattr(client, "sleep", waited.append)
        monkeypatch.setattr(rate_limits, "clock", lambda: 1_000_000.0 + sum(waited))
        yield emulator
