"""The simulated company itself: who lives in it and what happens, from a seed.

`generate` makes a world in a folder, `advance` lets it live on, `load_world` tells which one it is.
The tables are described in `schema.py`. A world is written beside the old one and then moved into
place, `world.json` last: whoever stops the writing leaves the old world or, once all is written,
the new one for the next caller to move.
"""

from __future__ import annotations

import fcntl
import filecmp
import json
import shutil
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ingestion.sandbox.world.clock import VERSION, World, add_months
from ingestion.sandbox.world.company import simulate, write as write_systems
from ingestion.sandbox.world.truth import write as write_truth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["World", "advance", "generate", "load_world"]

_NOTE, _NEXT, _LOCK = "world.json", ".next", ".lock"


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
    _write(folder, world)
    return world


def advance(folder: Path, *, days: int) -> World:
    """Let the company in a folder live on for some days."""
    world = load_world(folder)
    longer = World(**{**asdict(world), "until": world.until + timedelta(days=days)})
    _write(folder, longer)
    return longer


def load_world(folder: Path) -> World:
    """Return which world lies in a folder.

    Raises:
        FileNotFoundError: There is none.
    """
    if (folder / _NEXT / _NOTE).exists():
        with _writing(folder):
            _move(folder)
    return _read(folder / _NOTE)


def _read(note: Path) -> World:
    known = json.loads(note.read_text())
    return World(
        seed=known["seed"],
        customers=known["customers"],
        months=known["months"],
        start=date.fromisoformat(known["start"]),
        until=date.fromisoformat(known["until"]),
    )


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Keep other processes from writing the same world."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(folder: Path, world: World) -> None:
    with _writing(folder):
        beside = folder / _NEXT
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        lived = simulate(world)
        handed = write_systems(beside, lived)
        write_truth(beside, lived)
        note = {
            "version": VERSION,
            "seed": world.seed,
            "customers": world.customers,
            "months": world.months,
            "start": world.start.isoformat(),
            "until": world.until.isoformat(),
            "files": handed,
        }
        draft = beside / f"{_NOTE}.draft"
        draft.write_text(json.dumps(note, indent=2) + "\n")
        draft.replace(beside / _NOTE)
        _move(folder)


def _move(folder: Path) -> None:
    """Move a completely written world into place, also one that another process left behind."""
    beside = folder / _NEXT
    if not (beside / _NOTE).exists():
        return
    for path in sorted(path for path in beside.rglob("*") if path.is_file()):
        target = folder / path.relative_to(beside)
        # what is the same as before keeps its time, as where a folder is kept in step with another
        if path.name != _NOTE and not (
            target.exists() and filecmp.cmp(path, target, shallow=False)
        ):
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
    handed = json.loads((beside / _NOTE).read_text()).get("files", [])
    for path in folder.glob("*/export/*"):
        if str(path.relative_to(folder)) not in handed:
            path.unlink()
    months = {f"events-{month.name}.parquet" for month in _read(beside / _NOTE).calendar()}
    for path in (folder / "mixpanel").glob("events-*.parquet"):
        if path.name not in months:
            path.unlink()
    (beside / _NOTE).replace(folder / _NOTE)
    shutil.rmtree(beside, ignore_errors=True)
