"""The evidence as it stood at an earlier moment, so that a map can be judged by what came later.

Logins and merges prove that two identifiers are one person's. A map made from what was known
before them, without any look at them, shows how often it is right. A pure function of frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from datetime import datetime


def known_before(evidence: pa.Table, moment: datetime) -> pa.Table:
    """Return the evidence that had been seen before a moment, as it was then.

    What is without a time is left out, since nobody knows whether it was there: decisions by hand
    are, and they may have been made because of what came later.

    Args:
        evidence: With ``first_seen_at`` and ``last_seen_at``, and any other columns.
        moment: With its time zone.
    """
    kind = pa.timestamp("us", tz="UTC")
    at = pa.scalar(moment, kind)
    # an unknown time is not before any other
    then = evidence.filter(pc.less(evidence["first_seen_at"].cast(kind), at))
    # that a link was seen again later made it no stronger then
    last = then["last_seen_at"].cast(kind)
    last = pc.if_else(pc.greater(last, at), at, last)
    return then.set_column(then.column_names.index("last_seen_at"), "last_seen_at", last)
