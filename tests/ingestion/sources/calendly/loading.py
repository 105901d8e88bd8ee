"""Loading the source, and what came of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from ingestion.loading.run import StreamResult, run
from ingestion.sources import calendly
from tests.ingestion.sources.emulator import Emulator, stored

TODAY = date(2026, 6, 15)


def load(**dates: Any) -> dict[str, StreamResult]:
    return {result.stream: result for result in run(calendly.LOAD, **dates)}


def asked_about(vendor: Emulator) -> list[str]:
    """Return the sessions whose invitees were asked for, and forget the requests."""
    found = [r.path.split("/")[2] for r in vendor.requests if r.path.endswith("/invitees")]
    vendor.requests.clear()
    return found


def people(columns: str) -> list[tuple[Any, ...]]:
    return stored(f"select {columns} from raw_calendly.invitees order by uri")
