"""A folder with an export, and the source pointed at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ingestion.sources.ga4.export import event, write

if TYPE_CHECKING:
    from pathlib import Path

DAYS = [f"2026-05-{number}" for number in range(18, 25)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a shard of one event for each of seven days."""
    export = tmp_path / "export"
    for day in DAYS:
        write(export, day, [event(day, params={"note": day})])
    monkeypatch.setenv("SOURCES__GA4__EXPORT_FOLDER", str(export))
    monkeypatch.setenv("KETTE_TODAY", "2026-05-25")
    return export
