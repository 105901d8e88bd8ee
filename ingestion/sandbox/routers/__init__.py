"""The vendors' protocols, one module each: a file here is a source that the sandbox speaks for.

A module offers ``router(store)``, which is mounted at ``/<its name>``, and ``settings(base_url,
start_date)``, what points the source there. It may offer ``RATE_LIMITED``, the body of its answer
to too many calls, and ``files(folder)``, further settings that name files of a world.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def names() -> list[str]:
    """Return the sources that have a router."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def module(name: str) -> ModuleType:
    """Return a source's router module."""
    return importlib.import_module(f"{__name__}.{name}")
