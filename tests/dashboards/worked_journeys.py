"""How the metrics layer counts the journeys of the worked example."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.dashboards.warehouse_fixture import Rows

Journey = tuple[str, str, Sequence[str]]
TOOK_SECONDS = 2 * 86400


def counts(journeys: Sequence[Journey], **cut: Any) -> Rows:
    """Return outcomes, flows and drop-offs of journeys that reach no step twice.

    Args:
        journeys: Kind, outcome and steps of each.
        cut: The columns that all rows share.
    """
    outcomes = Counter((kind, outcome) for kind, outcome, _steps in journeys)
    flows = Counter(
        (kind, index, step, following, outcome)
        for kind, outcome, steps in journeys
        for index, (step, following) in enumerate(zip_longest(steps, steps[1:]), start=1)
    )
    reached = Counter((kind, step) for kind, _outcome, steps in journeys for step in steps)
    dropped = Counter((kind, steps[-1]) for kind, out, steps in journeys if out == "abandoned")
    return {
        "metrics.mtr_journey_outcomes_monthly": [
            {
                **cut, "journey_type": kind, "outcome": outcome, "journey_count": count,
                "duration_seconds": None if outcome == "open" else TOOK_SECONDS,
            }
            for (kind, outcome), count in outcomes.items()
        ],
        "metrics.mtr_journey_flows_monthly": [
            {
                **cut, "journey_type": kind, "step_index": index, "journey_step": step,
                "next_step": following, "outcome": outcome, "journey_count": count,
            }
            for (kind, index, step, following, outcome), count in flows.items()
        ],
        "metrics.mtr_journey_drop_offs_monthly": [
            {
                **cut, "journey_type": kind, "journey_step": step, "reached_count": count,
                "dropped_count": dropped[kind, step],
            }
            for (kind, step), count in reached.items()
        ],
    }  # fmt: skip
