"""What people write under the blog's posts and the shop's products, and what robots write there.

It names people by addresses that other systems know too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import acts, tables as cells
from ingestion.sandbox.company.clock import waking
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.notes import EMAIL, normal
from ingestion.sandbox.company.persons import COLLEAGUE, FOUNDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.sandbox.company.draws import Array
    from ingestion.sandbox.company.notes import Notes
    from ingestion.sandbox.company.tables import Columns
    from ingestion.sandbox.whole import Company

POSTS = ("mehr-bewertungen-in-30-tagen", "was-schlechte-bewertungen-lehren", "aufsteller-a5")
PRODUCT = len(POSTS) - 1
WORDS = {
    "de": (
        "<p>Danke für den Beitrag &#8211; hat geholfen!</p>\n",
        "<p>Fragen &amp; Lob 👍<br />Wann kommt Teil zwei?</p>\n",
    ),
    "en": (
        "<p>Thanks, that was useful &#8211; really!</p>\n",
        "<p>Questions &amp; praise 👍<br />When is part two out?</p>\n",
    ),
}
SPAM = '<p>Buy followers now <a href="https://spam.example">here</a></p>\n'
_WRITES, _HOLD, _BIN, _GUEST, _SPAM = 0.12, 0.15, 0.03, 0.7, 0.3
_PINGBACKS = 0.05


def tables(company: Company) -> Iterator[tuple[str, Columns]]:
    """Yield the table of comments as they are by now."""
    who, made, is_robot = _written(company)
    yield "wordpress/comments", _columns(company, who, made, is_robot)


def identify(company: Company, notes: Notes) -> None:
    """Note the addresses under what was not thrown away."""
    who, _, _ = _kept(company)
    notes.node(EMAIL, normal(company.people.email[who]), who)


def touches(company: Company) -> Iterator[tuple[tuple[str, str], Array, Array, Array, int]]:
    """Yield who commented on a post, and who recommended a product; robots are nobody."""
    who, made, post = _kept(company)
    email = normal(company.people.email[who])
    for rows, act in ((post != PRODUCT, acts.INFORM), (post == PRODUCT, acts.RECOMMEND)):
        yield ("email", "global"), email[rows], who[rows], made[rows], act


def _kept(company: Company) -> tuple[Array, Array, Array]:
    """Return who wrote what people wrote and no editor has thrown away by now, when, under what."""
    who, made, is_robot = _written(company)
    kept = ~is_robot & ~_binned(company, who, made, is_robot)
    return who[kept], made[kept], _posts(company, who, is_robot)[kept]


def _written(company: Company) -> tuple[Array, Array, Array]:
    """Return who writes, when, and whether it is a robot: in order of time."""
    people, chance, now = company.people, company.chance, company.world.now
    i = people.index
    known = np.minimum(people.signed_up, NEVER // 4)
    moment = waking(known + ((2 + 60 * chance.uniform("wp when", i)) * DAY).astype(np.int64))
    writes = np.isin(people.kind, (FOUNDER, COLLEAGUE)) & (chance.uniform("wp writes", i) < _WRITES)
    human = np.flatnonzero(writes & (moment < now))
    # robots write at the hour of a visitor who is none of theirs
    robot = np.flatnonzero((chance.uniform("wp spam", i) < _SPAM) & (people.arrived < now))
    who = np.r_[human, robot]
    made = np.r_[moment[human], people.arrived[robot]]
    is_robot = np.r_[np.zeros(len(human), dtype=bool), np.ones(len(robot), dtype=bool)]
    order = np.lexsort((who, is_robot, made))
    return who[order], made[order], is_robot[order]


def _posts(company: Company, who: Array, is_robot: Array) -> Array:
    return company.chance.below("wp post", len(POSTS), who, is_robot.astype(np.int64))


def _looked_at(company: Company, who: Array, made: Array, is_robot: Array) -> Array:
    looks = company.chance.uniform("wp looks", who, is_robot.astype(np.int64))
    return made + ((0.1 + 3 * looks) * DAY).astype(np.int64)


def _binned(company: Company, who: Array, made: Array, is_robot: Array) -> Array:
    drawn = company.chance.uniform("wp bin", who, is_robot.astype(np.int64))
    is_late = _looked_at(company, who, made, is_robot) + 5 * DAY < company.world.now
    return (drawn < _BIN) & is_late


def _columns(company: Company, who: Array, made: Array, is_robot: Array) -> Columns:
    people, chance, now = company.people, company.chance, company.world.now
    at = (who, is_robot.astype(np.int64))
    post = _posts(company, who, is_robot)
    ping = is_robot & (chance.uniform("wp ping", *at) < _PINGBACKS)
    names = np.char.add(np.char.add(people.first_name[who], " "), people.last_name[who])
    looked_at = _looked_at(company, who, made, is_robot)
    binned = _binned(company, who, made, is_robot)
    held = (chance.uniform("wp hold", *at) < _HOLD) & (looked_at >= now)
    status = np.select([is_robot, binned, held], ["spam", "trash", "hold"], "approved")
    spoken = people.language[who].tolist()
    variant = chance.below("wp words", 2, *at).tolist()
    words = [WORDS[lang][which] for lang, which in zip(spoken, variant, strict=True)]
    guest = is_robot | (chance.uniform("wp guest", who) < _GUEST)
    minutes = (made - company.world.begin) // 60
    return {
        "id": 7 + minutes * 8 + cells.repeats(minutes),
        "post": 101 + post,
        "slug": np.array(POSTS)[post],
        "author": np.where(guest, 0, who + 2),
        "author_name": np.where(is_robot, "Best SEO", names),
        "author_email": np.where(is_robot, "seo@spam.example", people.email[who]),
        "type": np.select([ping, ~is_robot & (post == PRODUCT)], ["pingback", "review"], "comment"),
        "status": status,
        "content": np.where(is_robot, SPAM, np.array(words, dtype="U120")),
        "created_ms": made * 1000,
        "person_id": cells.unless(is_robot, people.ids[who]),
    }
