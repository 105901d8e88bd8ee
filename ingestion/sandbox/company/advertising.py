"""What advertising systems need from the company's days: who clicked when, and who then signed up.

Every visit from an ad is a click of that day, so the ad systems show at least as many clicks as visits
arrive. They show more, because some people close the page before it is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import visits
from ingestion.sandbox.company.clock import local, weekday
from ingestion.sandbox.company.draws import DAY
from ingestion.sandbox.company.persons import CHANNELS
from ingestion.sandbox.company.visits import reached_by

if TYPE_CHECKING:
    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.draws import Array
    from ingestion.sandbox.whole import Company

# figures change for so many days after their own
SETTLED_AFTER = 28


def days(world: World) -> Array:
    """Return the days of Berlin's calendar that are over, counted since 1970."""
    edges = local(np.array([world.begin, world.now])) // DAY
    return np.arange(edges[0], edges[1])


def dates(numbers: Array) -> Array:
    """Write days as YYYY-MM-DD."""
    return np.datetime_as_string(numbers.astype("datetime64[D]"), unit="D")


def visits_by_day(company: Company, channel: str, ads: int, name: str) -> Array:
    """Return how many visits each ad of a channel led to, by day and ad."""
    visited = company.visits
    mine = np.isin(visited.script, (visits.ARRIVE, visits.BROWSE))
    mine &= reached_by(company.people, visited, company.chance) == CHANNELS.index(channel)
    ad = company.chance.below(f"{name} ad", ads, visited.key[mine])
    return _counted(company, visited.time[mine], ad, ads)


def sign_ups_by_day(company: Company, channel: str, ads: int, name: str, within: int) -> Array:
    """Return the sign-ups that came of each day's clicks, as far as they have happened by now.

    Args:
        company: The company.
        channel: How those who are counted were found.
        ads: How many ads shared them.
        name: Prefix of the draws.
        within: Days after the click in which a sign-up counts.
    """
    people = company.people
    mine = people.channel == CHANNELS.index(channel)
    mine &= people.signed_up < np.minimum(people.arrived + within * DAY, company.world.now)
    rows = np.flatnonzero(mine)
    ad = company.chance.below(f"{name} credit", ads, rows)
    return _counted(company, people.arrived[rows], ad, ads)


def _counted(company: Company, moments: Array, ad: Array, ads: int) -> Array:
    known = days(company.world)
    place = local(moments) // DAY - known[0]
    inside = (place >= 0) & (place < len(known))
    counted = np.zeros((len(known), ads), dtype=np.int64)
    np.add.at(counted, (place[inside], ad[inside]), 1)
    return counted


def bustle(company: Company, day: Array, name: str) -> Array:
    """Return how lively each day is, around 1; weekends are quieter."""
    rest = np.where(weekday(day * DAY) >= 5, 0.55, 1.1)
    return np.asarray(rest * np.exp(0.25 * company.chance.normal(f"{name} bustle", day)))


def not_yet_taken_back(company: Company, day: Array, ad: Array, name: str) -> Array:
    """Return the invalid clicks that are still counted: of some days, for up to four weeks."""
    chance = company.chance
    count = np.where(
        chance.uniform(f"{name} invalid", day, ad) < 0.3,
        1 + chance.below(f"{name} invalid clicks", 4, day, ad),
        0,
    )
    until = day + 1 + chance.below(f"{name} taken back", SETTLED_AFTER - 1, day, ad)
    today = local(np.array([company.world.now]))[0] // DAY
    return np.where(until >= today, count, 0)
