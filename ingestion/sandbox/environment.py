"""The variables that make the sources speak to the sandbox instead of the vendors."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ingestion.sandbox import routers
from ingestion.sandbox.world import load_world
from ingestion.settings import settings

if TYPE_CHECKING:
    from pathlib import Path

# a start date lies before the company's first day, as people set it
MARGIN = timedelta(days=7)


def environment(
    base_url: str, folder: Path | None = None, *, every: bool = False
) -> dict[str, str]:
    """Return the settings of the sources for a sandbox.

    A router may say that its source is read only on request (``OPT_IN``): it is left out unless
    ``KETTE_SANDBOX_ALSO`` names it.

    Args:
        base_url: Where the sandbox answers, e.g. ``http://127.0.0.1:8700``.
        folder: Where its world lives; by default the one of this data folder.
        every: Leave none out.
    """
    also = settings().sandbox_also
    start = (load_world(folder or settings().sandbox).start - MARGIN).isoformat()
    return {
        f"SOURCES__{name.upper()}__{field.upper()}": value
        for name in routers.names()
        if every or name in also or not getattr(routers.module(name), "OPT_IN", False)
        for field, value in routers.module(name).settings(f"{base_url}/{name}", start).items()
    }
