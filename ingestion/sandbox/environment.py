"""The variables that make the sources speak to the sandbox instead of the vendors."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ingestion.sandbox import vendors
from ingestion.sandbox.company.folder import load_world
from ingestion.settings import settings

if TYPE_CHECKING:
    from pathlib import Path

# a start date lies before the company's first day, as people set it
MARGIN = timedelta(days=7)


def environment(
    base_url: str, folder: Path | None = None, *, every: bool = False
) -> dict[str, str]:
    """Return the settings of the sources for a sandbox.

    ``KETTE_SANDBOX_ONLY`` may name the sources that a demo reads; it reads all otherwise.

    Args:
        base_url: Where the sandbox answers, e.g. ``http://127.0.0.1:8700``.
        folder: Where its world lives; by default the one of this data folder.
        every: Leave none out.
    """
    only = settings().sandbox_only
    home = folder or settings().sandbox
    start = (load_world(home).start - MARGIN).isoformat()
    found: dict[str, str] = {}
    for name in vendors.names():
        module = vendors.api(name)
        if every or not only or name in only:
            given = module.settings(f"{base_url}/{name}", start)
            if hasattr(module, "files"):
                given |= module.files(home)
            found |= {f"SOURCES__{name.upper()}__{field.upper()}": given[field] for field in given}
    return found
