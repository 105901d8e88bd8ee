"""Reads the recipes of docs/recipes.md and follows their steps in a copy of the checkout."""

from __future__ import annotations

import csv
import io
import re
import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.settings import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = CHECKOUT / "docs/recipes.md"
RECIPE = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(
    r"^(?:New file `(?P<new>[^`]+)`:|In `(?P<path>[^`]+)`, "
    r"(?:the (?P<csv>line|column):|(?P<how>after|before|instead of) `(?P<anchor>[^`]+)`:))$"
)


class RecipeError(Exception):
    """A step that cannot be followed as it stands: which, and why."""


@dataclass(frozen=True)
class Step:
    """One block of a recipe, and what the line before it says to do with it."""

    said: str
    language: str
    block: str


def recipes() -> dict[str, list[Step]]:
    """Return the steps of each recipe by its heading."""
    return {
        title: [
            Step(text[: block.start()].rstrip().rpartition("\n")[2], block[1], block[2])
            for block in BLOCK.finditer(text)
        ]
        for title, text in RECIPE.findall(PAGE.read_text())
    }


def follow(step: Step, checkout: Path, run: Callable[[list[str]], None]) -> None:
    """Do what a step says.

    Args:
        step: The step.
        checkout: The copy that is changed.
        run: Runs a command there, and raises where it fails.

    Raises:
        RecipeError: It does not say what to do, or names a line or a file that is not there.
    """
    if step.language == "bash":
        for line in step.block.splitlines():
            run(command(line))
        return
    place = PLACE.match(step.said)
    if place is None:
        raise RecipeError(f"what is done with the block is not said: {step.said!r}")
    path = checkout / (place["new"] or place["path"])
    if path.exists() == bool(place["new"]):
        raise RecipeError(f"{step.said!r}: the file is {'there' if place['new'] else 'missing'}")
    if place["new"]:
        path.write_text(step.block)
    elif place["csv"] == "line":
        path.write_text(path.read_text() + step.block)
    elif place["csv"] == "column":
        path.write_text(_with_column(path.read_text(), step.block))
    else:
        path.write_text(_placed(path.read_text(), place["how"], place["anchor"], step))


def command(line: str) -> list[str]:
    """Return a command of a recipe as the running Python does it."""
    words = shlex.split(line)
    programs = {
        ".venv/bin/kette": ["-m", "orchestration.cli"],
        ".venv/bin/python": [],
        "make": ["-m", "orchestration.reference"],
    }
    if words[0] not in programs or (words[0] == "make" and words[1:] != ["docs"]):
        raise RecipeError(f"no such command: {line}")
    return [sys.executable, *programs[words[0]], *([] if words[0] == "make" else words[1:])]


def _placed(text: str, how: str, anchor: str, step: Step) -> str:
    lines = text.splitlines(keepends=True)
    at = next((number for number, line in enumerate(lines) if line.strip() == anchor), None)
    if at is None:
        raise RecipeError(f"{step.said!r}: no such line")
    first, rest = {
        "after": (at + 1, at + 1),
        "before": (at, at),
        "instead of": (at, at + 1),
    }[how]
    return "".join([*lines[:first], step.block, *lines[rest:]])


def _with_column(text: str, block: str) -> str:
    given = list(csv.reader(io.StringIO(block)))
    (key, name), values = given[0], dict(given[1:])
    rows = list(csv.reader(io.StringIO(text)))
    at = rows[0].index(key)
    unknown = values.keys() - {row[at] for row in rows[1:]}
    if unknown:
        raise RecipeError(f"the column {name} names what is not there: {sorted(unknown)}")
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([*rows[0], name])
    writer.writerows([*row, values.get(row[at], "")] for row in rows[1:])
    return written.getvalue()
