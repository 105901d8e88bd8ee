"""The control store's words for loads and runs, and the equation that every load must satisfy.

Loads, Dagster, `kette doctor`, alerts and pages all read them here, so that no two of them can judge
differently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# how a load went: the column `status` of the ledger
RUNNING, LOADED, HELD, FAILED, INTERRUPTED = "running", "loaded", "held", "failed", "interrupted"
# more or fewer rows are in the warehouse than were let in: nothing is published until it is mended
UNBALANCED = "unbalanced"
# an older warehouse was put in the place of the one that held it; and since then read again
LOST, MADE_GOOD = "lost", "made good"
LOADS = (RUNNING, LOADED, HELD, FAILED, INTERRUPTED, UNBALANCED, LOST, MADE_GOOD)
# a stream that was held back on purpose was loaded all the same
GOOD = (LOADED, HELD)
BAD = (FAILED, UNBALANCED)
# the warehouse has its rows
KEPT = (*GOOD, UNBALANCED)

# how a run went: RUNNING, then one of these or FAILED
SUCCEEDED = "succeeded"
RUNS = (RUNNING, SUCCEEDED, FAILED)

# whose data it is: the simulated company's or the vendors'
DEMO, REAL = "demo", "real"

# what becomes of a record that is seen, other than a row in the warehouse
LEFT_OUT = ("deduped", "quarantined", "suppressed")
EQUATION = f"seen = loaded + {' + '.join(LEFT_OUT)}"


def to_load(counts: Mapping[str, Any]) -> int:
    """Return how many of the records seen are to be rows in the warehouse."""
    return int(counts["seen"] - sum(counts[name] for name in LEFT_OUT))


def unaccounted(counts: Mapping[str, Any]) -> int:
    """Return how many records were seen but neither loaded nor left out; negative if too many were."""
    return to_load(counts) - int(counts["loaded"])


def is_bad(row: Mapping[str, Any]) -> bool:
    """Return whether a load failed, or does not account for every record it saw.

    Args:
        row: A ledger row.
    """
    return row["status"] in BAD or missing([row]) != 0


def failed_streams(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the streams whose load failed, or is in the warehouse with too many or too few rows.

    Args:
        rows: Ledger rows.
    """
    return tuple(row["stream"] for row in rows if row["status"] in BAD)


def missing(rows: Iterable[Mapping[str, Any]]) -> int:
    """Return how many records are unaccounted for in the loads that went well.

    Args:
        rows: Ledger rows.
    """
    return sum(abs(unaccounted(row)) for row in rows if row["status"] in GOOD)
