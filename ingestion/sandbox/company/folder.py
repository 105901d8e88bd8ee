"""A world in its folder: which world it is, and how a new one replaces it.

A new world is written beside the old one and then moved into place, `world.json` last. If writing stops
early, the old world stays. If it stops after writing, the next caller moves the new one into place.
"""

from __future__ import annotations

import fcntl
import filecmp
import json
import shutil
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

from ingestion.sandbox.company.clock import VERSION, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_NOTE, _NEXT, _LOCK = "world.json", ".next", ".lock"


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


def write(folder: Path, world: World, fill: Callable[[Path], list[str]]) -> None:
    """Write a world in place of the one that is there.

    Args:
        folder: Where it is kept.
        world: Which one it is.
        fill: Writes everything of it into the folder it is given, and returns the paths of the files
            there that vendors hand over.
    """
    with _writing(folder):
        beside = folder / _NEXT
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        note = {
            "version": VERSION,
            "seed": world.seed,
            "customers": world.customers,
            "months": world.months,
            "start": world.start.isoformat(),
            "until": world.until.isoformat(),
            "files": fill(beside),
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
