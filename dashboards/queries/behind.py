"""The records behind a cell of channel and step, as the pages ask for them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dashboards import warehouse
from explore import behind

if TYPE_CHECKING:
    from explore.behind import Cell

AT_MOST = behind.AT_MOST
# what the figures of the steps count: anything else is told by the people
SAID = {
    "step_nps": "nps",
    "step_csat_rate": "csat",
    "step_ces_mean": "ces",
    "step_sentiment_mean": "text",
}
STAYS = {"step_drop_off_rate", "step_seconds_mean", "step_contacts_mean"}


@warehouse.cached
def people(path: str, cell: Cell) -> list[dict[str, Any]]:
    """Return who was in contact in a cell, the last ones first."""
    return behind.people(partial(warehouse.rows, path), cell)


@warehouse.cached
def said(path: str, cell: Cell, kind: str) -> list[dict[str, Any]]:
    """Return the scores or words of a cell, newest first."""
    return behind.said(partial(warehouse.rows, path), cell, kind)


@warehouse.cached
def stays(path: str, cell: Cell) -> list[dict[str, Any]]:
    """Return the stays of a cell, newest first."""
    return behind.stays(partial(warehouse.rows, path), cell)
