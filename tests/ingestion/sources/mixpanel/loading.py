"""Loading the source, by stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.loading.run import run
from ingestion.sources.mixpanel import LOAD

if TYPE_CHECKING:
    from datetime import date

    from ingestion.toolkit.source import StreamResult

TODAY = "2026-05-25"


def load(**dates: date) -> dict[str, StreamResult]:
    return {result.stream: result for result in run(LOAD, **dates)}
