"""The published file that pages read: which one is current, and whether it can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from ingestion.loading import blocks
from ingestion.settings import settings

if TYPE_CHECKING:
    from pathlib import Path

# in the folder of published files: the link to the current one
CURRENT = "current.duckdb"


def current() -> Path | None:
    """Return the published file that is current, or None."""
    link = settings().serving / CURRENT
    return link.resolve() if link.exists() else None


def is_unusable(path: Path) -> bool:
    """Return whether a published file is damaged."""
    try:
        return blocks.is_damaged(path)
    except duckdb.Error:
        return True
