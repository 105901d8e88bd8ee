"""A form about the first week, linked in a letter: how easy it was, and what was missing.

People who booked an onboarding session found it easier. The form names most people by ids that other
systems know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import acts, tables as cells
from ingestion.sandbox.company.clock import waking
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.notes import USER
from ingestion.sandbox.company.persons import STAFF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.sandbox.company.draws import Array
    from ingestion.sandbox.company.notes import Notes
    from ingestion.sandbox.company.tables import Columns
    from ingestion.sandbox.whole import Company

FORM = "tfWoche1"
EFFORT, STARS, MISSING = "fEase", "fStars", "fMissing"
FIELDS = (
    {"id": EFFORT, "ref": "ease", "type": "opinion_scale", "title": "Wie leicht war der Einstieg?",
     "properties": {"start_at_one": True, "steps": 7}},
    {"id": STARS, "ref": "stars", "type": "rating", "title": "Wie gefällt es dir?",
     "properties": {"steps": 5}},
    {"id": MISSING, "ref": "missing", "type": "long_text", "title": "Was fehlt?"},
)  # fmt: skip
_FAR = 2**40  # seconds: a moment that never comes, and can be written in milliseconds
_LANDS, _SUBMITS, _NAMED = 0.4, 0.65, 0.92
_EASE, _ONBOARDED = 4.6, 1.3
_MISSES = ("Export als PDF", "Mehr Sprachen", "Nichts 🙂")


def tables(company: Company) -> Iterator[tuple[str, Columns]]:
    """Yield the tables."""
    begin = company.world.begin * 1000
    yield (
        "typeform/forms",
        {
            "id": [FORM],
            "title": ["Deine erste Woche"],
            "language": ["de"],
            "created_ms": [begin],
            "updated_ms": [begin],
            "fields_json": [cells.as_json(FIELDS)],
        },
    )
    yield "typeform/responses", _responses(company)


def identify(company: Company, notes: Notes) -> None:
    """Note the users named by the links to the form, once they have sent it."""
    who, _ = _named_senders(company)
    notes.node(USER, company.people.user_id[who], who)


def touches(company: Company) -> Iterator[tuple[tuple[str, str], Array, Array, Array, int]]:
    """Yield forms that were sent and name somebody."""
    who, submitted = _named_senders(company)
    user = company.people.user_id[who]
    yield ("user_id", "mixpanel"), user, who, submitted / 1000, acts.NOTHING


def _named_senders(company: Company) -> tuple[Array, Array]:
    who, _, submitted = _landed(company)
    rows = _is_named(company, who) & (submitted < company.world.now_ms)
    return who[rows], submitted[rows]


def _is_named(company: Company, who: Array) -> Array:
    return company.chance.uniform("typeform named", who) < _NAMED


def _landed(company: Company) -> tuple[Array, Array, Array]:
    """Return who opened the form by now, when, and when they send it, NEVER where they do not."""
    people, chance = company.people, company.chance
    signed = np.minimum(people.signed_up, _FAR)
    days = 7 + 3 * chance.uniform("typeform day", people.index)
    landed = waking(signed + (days * DAY).astype(np.int64)) * 1000
    lands = (people.kind < STAFF) & (landed < company.world.now_ms)
    lands &= chance.uniform("typeform lands", people.index) < _LANDS
    who = np.flatnonzero(lands)
    took = (60 + 500 * chance.uniform("typeform took", who)) * 1000
    submits = chance.uniform("typeform submits", who) < _SUBMITS
    return who, landed[who], np.where(submits, landed[who] + took.astype(np.int64), NEVER)


def _responses(company: Company) -> Columns:
    people, firms, chance, now = (
        company.people, company.accounts, company.chance, company.world.now_ms,
    )  # fmt: skip
    who, landed, submitted = _landed(company)
    account = people.account[who]
    booked = np.full(len(who), NEVER)
    if firms.count:
        booked = np.where(account >= 0, firms.onboarding_booked[np.maximum(account, 0)], NEVER)
    felt = _EASE + _ONBOARDED * (booked < landed // 1000)
    felt = felt + 1.2 * chance.normal("typeform ease", who)
    ease = np.clip(np.round(felt), 1, 7).astype(np.int64)
    stars = np.clip(np.round(felt * 5 / 7 + 0.6), 1, 5).astype(np.int64)
    done = submitted < now
    return {
        "token": chance.hex("typeform token", who, chars=24).astype("U24"),
        "form_id": np.full(len(who), FORM),
        "landed_ms": landed,
        "submitted_ms": cells.until(submitted, now),
        "answers_json": _answers(company, who, done, ease, stars),
        "hidden_json": _hidden(company, who),
        "score": np.ma.masked_array(ease, mask=~done),
        "platform": np.array(["other", "mobile"])[chance.below("typeform platform", 2, who)],
        "person_id": people.ids[who],
    }


def _answers(company: Company, who: Array, done: Array, ease: Array, stars: Array) -> Array:
    says = company.chance.below("typeform says", 2 * len(_MISSES), who)
    found = []
    for is_done, easy, star, said in zip(
        done.tolist(), ease.tolist(), stars.tolist(), says.tolist(), strict=True
    ):
        given: list[dict[str, object]] = []
        if is_done:
            given = [
                {"field": {"id": EFFORT, "type": "opinion_scale", "ref": "ease"},
                 "type": "number", "number": easy},
                {"field": {"id": STARS, "type": "rating", "ref": "stars"},
                 "type": "number", "number": star},
            ]  # fmt: skip
            if said < len(_MISSES):
                field = {"id": MISSING, "type": "long_text", "ref": "missing"}
                given.append({"field": field, "type": "text", "text": _MISSES[said]})
        found.append(cells.as_json(given))
    return np.array(found, dtype=object)


def _hidden(company: Company, who: Array) -> Array:
    named = _is_named(company, who)
    language = company.people.language[who].tolist()
    return np.array(
        [
            cells.as_json(({"user_id": user} if is_named else {}) | {"language": spoken})
            for user, is_named, spoken in zip(
                company.people.user_id[who].tolist(), named.tolist(), language, strict=True
            )
        ],
        dtype=object,
    )
