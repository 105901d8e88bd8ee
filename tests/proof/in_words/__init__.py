"""Each metric in its own words, as a query over the published marts: month, numerator, denominator."""

from __future__ import annotations

from tests.proof.in_words import money, people, service, steps

QUERIES = {**money.QUERIES, **people.QUERIES, **service.QUERIES, **steps.QUERIES}
