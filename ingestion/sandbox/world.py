"""The simulated company itself: who lives in it and what happens, from a seed.

`generate` makes a world in a folder, `advance` lets it live on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from ingestion.sandbox import whole
from ingestion.sandbox.company import folder as place
from ingestion.sandbox.company.clock import World, add_months
from ingestion.sandbox.truth import tables as truth

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


def generate(folder: Path, *, customers: int, months: int, seed: int, until: date) -> World:
    """Make a company of some size and age; the same arguments make the same bytes.

    Args:
        folder: Where it is kept; a world that is there already is replaced.
        customers: How many persons come within ``months``.
        months: How long before ``until`` the company began.
        seed: Another seed makes another company.
        until: Its today: nothing of that day has happened yet.
    """
    world = World(
        seed=seed,
        customers=customers,
        months=months,
        start=add_months(until, -months),
        until=until,
    )
    place.write(folder, world, lambda beside: _fill(beside, world))
    return world


def advance(folder: Path, *, days: int) -> World:
    """Let the company in a folder live on for some days."""
    world = place.load_world(folder)
    longer = replace(world, until=world.until + timedelta(days=days))
    place.write(folder, longer, lambda beside: _fill(beside, longer))
    return longer


def _fill(folder: Path, world: World) -> list[str]:
    lived = whole.simulate(world)
    handed = whole.write(folder, lived)
    truth.write(folder, lived)
    return handed
