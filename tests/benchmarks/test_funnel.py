"""What a funnel, retention and a path cost over a million events, beside counting those events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.measuring import measured

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.conftest import Record

SUBJECT = "Questions over 1,000,000 events of 20,000 persons"
SETUP = """
import sys
from tests.benchmarks.test_funnel import events
opened = events()
"""
COUNT = "opened.execute('select person, name, count(*) from events group by all').fetchall()"
COLUMNS = "events='events', person='person', moment='occurred_at', tie='number'"
ASK = """
from explore import macros
statement = macros.sql({question}, {columns})
assert opened.execute(f"select count(*) from ({{statement}})").fetchall()[0][0]
"""
STEPS = [f"name = {number}" for number in range(5)]
QUESTIONS = {
    "a funnel of 5 steps": f"'funnel', steps={STEPS}, window_seconds=30 * 86400",
    "the same, every entry": f"'funnel', steps={STEPS}, window_seconds=30 * 86400, count='every'",
    "the same, strict order": (
        f"'funnel', steps={STEPS}, window_seconds=30 * 86400, modes=['strict_order']"
    ),
    "retention of 12 months": (
        "'retention', born='name = 0', returned='true', brackets=[1] * 12, "
        "known_before=\"cast('2026-02-01' as timestamptz)\""
    ),
    "a path of 3 events with a time": (
        f"'path_matches', conditions={STEPS[:3]}, pattern='(?1)(?t<=86400)(?2).*(?3)'"
    ),
}
# of what a plain count takes; a loop over rows would be hundreds
MOST = 30


def events() -> object:
    """Return a connection with the events, the same in each process; half of them are of a step."""
    import duckdb

    opened = duckdb.connect(":memory:")
    opened.execute("set TimeZone = 'UTC'")
    opened.execute(
        """
        create table events as
        select
            hash(number) % 20000 as person,
            cast(hash(number + 1) % 10 as integer) as name,
            cast('2025-01-01' as timestamptz) + to_seconds(hash(number + 2) % 31536000)
                as occurred_at,
            number
        from range(1000000) as numbers(number)
        """
    )
    return opened


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_costs_a_few_dozen_counts(name: str, big_home: Path, record: Record) -> None:
    plain = measured(SETUP, COUNT, big_home / "plain", times=3)
    asked = measured(
        SETUP, ASK.format(question=QUESTIONS[name], columns=COLUMNS), big_home / "asked", times=3
    )
    ratio = asked.seconds / plain.seconds
    record(SUBJECT, f"seconds for {name}", f"{asked.seconds:.1f} s, {asked.peak_mb:,.0f} MB")
    record(SUBJECT, f"{name}: as often as counting by person and kind", f"{ratio:.0f}", f"≤ {MOST}")
    assert ratio <= MOST
