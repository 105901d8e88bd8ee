"""An empty folder for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ingestion.sources.files.folder import Folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """Return an empty folder for mappings and their files."""
    monkeypatch.setenv("KETTE_TODAY", "2026-12-31")
    (tmp_path / "files").mkdir()
    return Folder(tmp_path / "files")
