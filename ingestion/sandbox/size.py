"""How large and how old the simulated company is unless somebody says otherwise."""

from __future__ import annotations

CUSTOMERS, MONTHS, SEED = 2000, 24, 7
