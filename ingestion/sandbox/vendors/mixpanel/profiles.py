"""The profiles that Mixpanel keeps of users, and of a few who never became one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import names, tables
from ingestion.sandbox.company.draws import NEVER
from ingestion.sandbox.company.persons import ANONYMOUS

if TYPE_CHECKING:
    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.persons import People
    from ingestion.sandbox.vendors.mixpanel.events import Links

_JUNK, _ANONYMOUS = 0.01, 0.02


def emails(people: People, person: Array, chance: Chance) -> tuple[Array, Array]:
    """Return the address in each user's profile, and which ones are junk."""
    is_junk = chance.uniform("profile is junk", person) < _JUNK
    junk = np.array(names.JUNK_EMAILS)[chance.below("junk profile", len(names.JUNK_EMAILS), person)]
    return np.where(is_junk, junk, people.email[person]), is_junk


def users(world: World, people: People) -> Array:
    """Return who has a profile by now."""
    return np.flatnonzero(people.signed_up + 2 < world.now)


def table(
    world: World,
    people: People,
    links: Links,
    stage: Array,
    stage_since: Array,
    chance: Chance,
) -> tables.Columns:
    """Return the profiles as they are now."""
    user = users(world, people)
    email, _ = emails(people, user, chance)
    anonymous = np.flatnonzero(
        (people.kind == ANONYMOUS)
        & (chance.uniform("has profile", people.index) < _ANONYMOUS)
        & (links.since_ms[:, 0] >= NEVER)
        & (people.arrived + 3 < world.now)
    )
    person = np.r_[user, anonymous]
    known = [names.COUNTRIES[number] for number in people.country[person].tolist()]
    created = np.r_[people.signed_up[user] + 2, people.arrived[anonymous] + 3]
    stamps = np.datetime_as_string(created.astype("datetime64[s]")).tolist()
    properties = []
    for row, (who, country, stamp) in enumerate(zip(person.tolist(), known, stamps, strict=True)):
        place = {"$country_code": country.code, "$city": country.cities[0]}
        if row >= len(user):
            properties.append(tables.as_json(place))
            continue
        first, last = str(people.first_name[who]), str(people.last_name[who])
        properties.append(
            tables.as_json(
                {
                    "$email": str(email[row]),
                    "$name": f"{first} {last}",
                    "$first_name": first,
                    "$last_name": last,
                    "$created": stamp,
                    **place,
                    "stage": str(stage[who]),
                }
            )
        )
    device = np.char.add("$device:", links.devices[anonymous, 0].astype("U36"))
    return {
        "distinct_id": np.r_[people.user_id[user], device],
        "created_ms": created * 1000,
        "updated_ms": np.maximum(created, np.r_[stage_since[user], created[len(user) :]]) * 1000,
        "properties_json": properties,
    }
