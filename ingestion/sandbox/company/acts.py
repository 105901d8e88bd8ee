"""What people do when they meet the company, and which phase it shows.

A trial is consideration, however much the product is used. Using it, asking for help, renewing and
recommending belong to a phase only for customers whose account has not left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ingestion.sandbox.company.draws import Array

# needs something, looks around, chooses, buys, uses, asks for help, renews, recommends; or nothing
# that says how far somebody is, such as an answer to a survey
ACTS = 9
NEED, INFORM, CHOOSE, BUY, USE, ASK, RENEW, RECOMMEND, NOTHING = range(ACTS)
PHASES = ("", "awareness", "consideration", "purchase", "retention", "advocacy")
NO_PHASE, AWARENESS, CONSIDERATION, PURCHASE, RETENTION, ADVOCACY = range(len(PHASES))
_ALWAYS = {NEED: AWARENESS, INFORM: CONSIDERATION, CHOOSE: CONSIDERATION, BUY: PURCHASE}
_OF_CUSTOMERS = _ALWAYS | {USE: RETENTION, ASK: RETENTION, RENEW: RETENTION, RECOMMEND: ADVOCACY}
_BEFORE = _ALWAYS | {USE: CONSIDERATION, ASK: CONSIDERATION}


def phase(act: Array, is_customer: Array, has_left: Array) -> Array:
    """Return the phase that each act shows, NO_PHASE for none.

    Args:
        act: What was done.
        is_customer: Whether whoever did it was a customer then.
        has_left: Whether their account had been one before.
    """
    customers, before, after = (
        np.array([known.get(number, NO_PHASE) for number in range(ACTS)])
        for known in (_OF_CUSTOMERS, _BEFORE, _ALWAYS)
    )
    found = np.where(has_left, after[act], before[act])
    return np.where(is_customer, customers[act], found)
