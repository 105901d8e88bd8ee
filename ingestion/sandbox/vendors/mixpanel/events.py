"""The events of a month as Mixpanel stores them: under which ids, when they arrived, sent twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.sandbox.company import names, tables, visits
from ingestion.sandbox.company.acts import ACTS, NOTHING
from ingestion.sandbox.company.draws import DAY, NEVER, dashed, text
from ingestion.sandbox.company.persons import MAX_DEVICES, WEB
from ingestion.sandbox.company.steps import SIGNED_UP, STEP_ACTS, STEPS, Walk, walk_through
from ingestion.sandbox.vendors.mixpanel import properties

if TYPE_CHECKING:
    from ingestion.sandbox.company.accounts import Accounts
    from ingestion.sandbox.company.clock import Month, World
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.persons import People
    from ingestion.sandbox.company.visits import Visits

_REPEATED, _SHIFTED = 0.004, 0.002
_COLUMNS, _TURNS = visits.SHARED_SLOT + 2, 6
_COMPACTED = 20 * DAY * 1000  # repeats of half of the days are cleaned away after that


class Links(NamedTuple):
    """What Mixpanel knows of devices: by person and slot, since when they are whose."""

    devices: Array  # as fixed-width text; person by slot, the shared ones last
    since_ms: Array  # NEVER: nobody logged in there by now


class Seen:
    """When each device without a user, and each user, was first and last seen in an event.

    Args:
        count: How many persons there are.
        turns: By person when their account began to pay, left, came back and left again, and when
            they first bought something themselves.
    """

    def __init__(self, count: int, turns: Array) -> None:
        shape = (count, visits.SHARED_SLOT + 2)
        self.first = np.full(shape, NEVER)
        self.last = np.full(shape, -1)
        self.events = 0
        self._turns = turns
        self._acts: list[tuple[Array, Array]] = []

    def add(self, person: Array, place: Array, is_user: Array, time: Array, act: Array) -> None:
        """Take in a month's events; those under junk ids alone are left out before."""
        column = np.where(is_user, visits.SHARED_SLOT + 1, place)
        np.minimum.at(self.first, (person, column), time)
        np.maximum.at(self.last, (person, column), time)
        passed = np.sum(self._turns[person] <= time[:, None], axis=1)
        packed = ((person * _COLUMNS + column) * _TURNS + passed) * ACTS + act
        self._acts.append(_earliest(packed, time))

    def first_acts(self) -> tuple[Array, Array, Array, Array]:
        """Return who first did what between two turns: person, column, act and moment."""
        packed, time = _earliest(*(np.concatenate(part) for part in zip(*self._acts, strict=True)))
        packed, act = np.divmod(packed, ACTS)
        person, column = np.divmod(packed // _TURNS, _COLUMNS)
        return person, column, act, time


def _earliest(key: Array, time: Array) -> tuple[Array, Array]:
    order = np.lexsort((time, key))
    first = np.r_[True, np.diff(key[order]) != 0][: len(order)]
    return key[order][first], time[order][first]


def devices(people: People, chance: Chance) -> Array:
    """Return the device identifiers by person and slot; the shared slot is the account's."""
    grid = np.empty((people.count, MAX_DEVICES + 1), dtype="S36")
    for slot in range(MAX_DEVICES):
        i = people.index
        grid[:, slot] = dashed(chance.hex("device", i, np.full(len(i), slot)))
    account = np.maximum(people.account, 0)
    grid[:, visits.SHARED_SLOT] = dashed(chance.hex("shared device", account))
    return grid


def links(world: World, people: People, visited: Visits, chance: Chance) -> Links:
    """Find since when each device is known to be somebody's."""
    slots = MAX_DEVICES + 1
    since = np.full(people.count * slots, NEVER)
    tells = visited.has_user | (visited.script == visits.SIGN_UP)
    tells &= (visited.slot < slots) & ~visited.has_junk_device & ~visited.has_junk_user
    begin = visited.time + np.where(visited.script == visits.SIGN_UP, visits.SIGN_UP_SECONDS, 0)
    arrives = begin * 1000 + visited.delay_ms
    arrives += (chance.uniform("link lag", visited.key) ** 3 * 20 * 3600 * 1000).astype(np.int64)
    place = visited.person * slots + visited.slot
    np.minimum.at(since, place[tells], arrives[tells])
    known = np.where(since < world.now_ms, since, NEVER)
    return Links(devices(people, chance), known.reshape(-1, slots))


def month(
    world: World,
    people: People,
    accounts: Accounts,
    visited: Visits,
    known: Links,
    span: Month,
    seen: Seen,
    chance: Chance,
) -> tables.Columns:
    """Return the stored events of a month, and note in `seen` whom they show."""
    near = (visited.time >= span.begin - 7200) & (visited.time < span.end)
    visited = visited.where(near)
    walk = walk_through(people, accounts, visited, chance)
    key = visited.key[walk.visit] * 128 + walk.place
    arrived = walk.time * 1000 + visited.delay_ms[walk.visit]
    walk, key, arrived = _with_repeats(walk, key, arrived, chance, world.now_ms)
    keep = (walk.time >= span.begin) & (walk.time < span.end)
    keep &= arrived < world.now_ms
    rows = np.flatnonzero(keep)
    rows = rows[np.lexsort((arrived[rows], key[rows], walk.time[rows]))]
    walk = Walk(*(column[rows] for column in walk))
    key, arrived = key[rows], arrived[rows]
    visit, person, slot = walk.visit, visited.person[walk.visit], visited.slot[walk.visit]
    has_device = slot <= visits.SHARED_SLOT
    place = np.minimum(slot, visits.SHARED_SLOT)
    junk = np.array(names.JUNK_IDS)[chance.below("junk value", len(names.JUNK_IDS), visited.key)]
    device = known.devices[person, place]
    device = np.where(visited.has_junk_device[visit], junk[visit].astype("S36"), device)
    user = _users(people, visited, walk, junk)
    # under a junk user id an act is still the device's
    by_user = (user != "") & ~visited.has_junk_user[visit]
    told = by_user | (has_device & ~visited.has_junk_device[visit])
    act = np.where(_told_last(key, arrived), STEP_ACTS[walk.code], NOTHING)
    seen.add(person[told], place[told], by_user[told], walk.time[told], act[told])
    seen.events += len(np.unique(key))
    since = known.since_ms[person, place]
    is_linked = has_device & ~visited.has_junk_device[visit] & (user == "") & (since < NEVER)
    is_linked &= place < visits.SHARED_SLOT
    kind = np.where(place < MAX_DEVICES, people.device_kind[person, place % MAX_DEVICES], WEB)
    library = np.array(["web", "swift", "android", ""])[np.where(has_device, kind, 3)]
    return {
        "time_s": walk.time,
        "arrived_ms": arrived,
        "event": pa.array([step.event for step in STEPS]).take(pa.array(walk.code)),
        "insert_id": text(chance.hex("insert id", key, chars=16)),
        "device_id": _nulled(text(device), ~has_device),
        "user_id": _nulled(pa.array(user.tolist(), pa.string()), user == ""),
        "linked_user_id": _nulled(
            pa.array(people.user_id[person].tolist(), pa.string()), ~is_linked
        ),
        "linked_ms": np.ma.masked_array(since, mask=~is_linked),
        "library": _nulled(pa.array(library.tolist(), pa.string()), ~has_device),
        "properties_json": properties.texts(people, visited, walk, kind, has_device, chance),
    }


def _told_last(key: Array, arrived: Array) -> Array:
    """Tell which of the events that were sent several times was ingested last: it is what stays."""
    order = np.lexsort((arrived, key))
    last = np.zeros(len(key), dtype=bool)
    last[order] = np.r_[np.diff(key[order]) != 0, True][: len(key)]
    return last


def _nulled(values: pa.Array, mask: Array) -> pa.Array:
    return pc.if_else(pa.array(mask), pa.scalar(None, pa.string()), values)


def _users(people: People, visited: Visits, walk: Walk, junk: Array) -> Array:
    logged_in = visited.has_user[walk.visit]
    signing = visited.script[walk.visit] == visits.SIGN_UP
    logged_in = np.where(signing, walk.code == SIGNED_UP, logged_in)
    user = np.where(logged_in, people.user_id[visited.person[walk.visit]], "")
    return np.where(visited.has_junk_user[walk.visit], junk[walk.visit], user)


def _with_repeats(
    walk: Walk, key: Array, arrived: Array, chance: Chance, now_ms: int
) -> tuple[Walk, Array, Array]:
    """Add what was sent twice: the same again, or the same id at another time of that day."""
    u = chance.uniform("sent twice", key)
    again = np.flatnonzero(u < _REPEATED + _SHIFTED)
    moved = walk.time[again] + 60 + chance.below("sent later", 3600, key[again])
    moved = np.where(moved // DAY == walk.time[again] // DAY, moved, walk.time[again])
    time = np.where(u[again] < _REPEATED, walk.time[again], moved)
    late = arrived[again] + 1000 * (60 + chance.below("sent again", 3600, key[again]))
    late = np.maximum(late, time * 1000 + 900)
    # the vendor cleans old days now and then, or never; what it ingested last stays
    cleaned = (chance.uniform("cleaned", walk.time[again] // DAY) < 0.5) & (
        np.maximum(walk.time[again] * 1000 + _COMPACTED, late) < now_ms
    )
    rows = np.concatenate([np.delete(np.arange(len(key)), again[cleaned]), again])
    times = np.concatenate([np.delete(walk.time, again[cleaned]), time])
    arrivals = np.concatenate([np.delete(arrived, again[cleaned]), late])
    return Walk(walk.visit[rows], walk.place[rows], walk.code[rows], times), key[rows], arrivals
