"""The default size and age of the simulated company."""

from __future__ import annotations

CUSTOMERS, MONTHS, SEED = 2000, 24, 7
