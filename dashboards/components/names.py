"""What channels, steps and phases are called, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards.components.markup import literal
from dashboards.i18n import formats, labelled
from dashboards.queries import journey

if TYPE_CHECKING:
    from collections.abc import Collection


def channel(path: str, code: str | None) -> str:
    """Return a channel's name, or its code where nobody has named it yet."""
    found = journey.channels(path).get(code or "")
    return labelled(found) if found else code or formats.NONE


def in_order(path: str, codes: Collection[str]) -> list[str]:
    """Return channels in their order, all of them together first and those that have none last."""
    ordered = ["all", *journey.channels(path)]
    known = [code for code in ordered if code in codes]
    return known + sorted(set(codes) - set(known))


def choice(name: str, code: str) -> str:
    """Return a name for a choice that is read as Markdown: a code that nobody named is literal."""
    return literal(name) if name == code else name


def step(path: str, code: str | None) -> str:
    """Return a journey step's name."""
    return _of_steps(path, "journey_step", code, "label")


def phase(path: str, code: str | None) -> str:
    """Return a journey phase's name."""
    return _of_steps(path, "journey_phase", code, "phase_label")


def _of_steps(path: str, column: str, code: str | None, label: str) -> str:
    for row in journey.steps(path):
        if row[column] == code:
            return labelled(row, label)
    return code or formats.NONE
