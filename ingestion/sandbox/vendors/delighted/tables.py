"""What Delighted asked by e-mail: how easy the sign-up was, and how a call went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import acts, tables as cells
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.notes import EMAIL, normal
from ingestion.sandbox.company.persons import STAFF
from ingestion.sandbox.company.support import PHONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.sandbox.company.draws import Array
    from ingestion.sandbox.company.notes import Notes
    from ingestion.sandbox.company.tables import Columns
    from ingestion.sandbox.whole import Company

RESPONDENT = ("survey_respondent_id", "delighted")
IDENTIFIERS = ((*RESPONDENT, True),)
_FAR = 2**40  # seconds: a moment that never comes, and can be written in milliseconds
_ANSWERS, _TAGGED = 0.35, 0.3
_WORDS = {
    "de": ("Umständlich.", "Geht.", "Ein Kinderspiel!"),
    "en": ("Cumbersome.", "Okay.", "A piece of cake!"),
}


def tables(company: Company) -> Iterator[tuple[str, Columns]]:
    """Yield the tables."""
    person, key, sent, is_call = _asked(company)
    yield "delighted/people", _people(company, person, sent)
    yield "delighted/survey_responses", _responses(company, person, key, sent, is_call)


def identify(company: Company, notes: Notes) -> None:
    """Note the numbers of those who answered, with their addresses: only answers name people."""
    person, created = _answers(company)
    email = normal(company.people.email[person])
    notes.link((RESPONDENT, _ids(company, person)), (EMAIL, email), person, "delighted", created)


def touches(company: Company) -> Iterator[tuple[tuple[str, str], Array, Array, Array, int]]:
    """Yield answers that came; being asked is the company's doing."""
    person, created = _answers(company)
    yield RESPONDENT, _ids(company, person), person, created / 1000, acts.NOTHING


def _answers(company: Company) -> tuple[Array, Array]:
    """Return who answered by now, and when."""
    person, key, sent, is_call = _asked(company)
    rows, created = _answered(company, key, sent, is_call)
    return person[rows], created


def _asked(company: Company) -> tuple[Array, Array, Array, Array]:
    """Return who was asked by now, its number within its kind, when, and whether about a call."""
    people, talks, chance, now = (
        company.people, company.talks, company.chance, company.world.now_ms,
    )  # fmt: skip
    signed = np.minimum(people.signed_up, _FAR) * 1000
    wait = ((0.8 + chance.uniform("delighted wait", people.index)) * DAY * 1000).astype(np.int64)
    who = np.flatnonzero((people.kind < STAFF) & (signed + wait < now))
    calls = talks.where((talks.way == PHONE) & (talks.answered_ms < now - DAY * 1000))
    calls = calls.where(people.signed_up[calls.person] <= calls.asked)
    person = np.concatenate([who, calls.person])
    is_call = np.r_[np.zeros(len(who), dtype=bool), np.ones(len(calls.key), dtype=bool)]
    key = np.concatenate([who, calls.key])
    sent = np.concatenate([signed[who] + wait[who], calls.answered_ms + 6 * 3_600_000])
    return person, key, sent, is_call


def _answered(company: Company, key: Array, sent: Array, is_call: Array) -> tuple[Array, Array]:
    """Return of whom an answer came by now, and when."""
    chance, index = company.chance, (is_call.astype(np.int64), key)
    hours = 0.3 + 40 * chance.uniform("delighted hours", *index) ** 2
    created = sent + (hours * 3_600_000).astype(np.int64)
    answers = chance.uniform("delighted answers", *index) < _ANSWERS
    rows = np.flatnonzero(answers & (created < company.world.now_ms))
    return rows, created[rows]


def _ids(company: Company, person: Array) -> Array:
    return cells.numbers(company.chance, "delighted person", person)


def _people(company: Company, person: Array, sent: Array) -> Columns:
    people = company.people
    first, last = np.full(people.count, NEVER), np.full(people.count, -1)
    np.minimum.at(first, person, sent)
    np.maximum.at(last, person, sent)
    who = np.flatnonzero(first < NEVER)
    return {
        "id": _ids(company, who),
        "email": people.email[who],
        "name": np.char.add(np.char.add(people.first_name[who], " "), people.last_name[who]),
        "created_ms": first[who],
        "last_sent_ms": last[who],
        "person_id": people.ids[who],
    }


def _responses(company: Company, person: Array, key: Array, sent: Array, is_call: Array) -> Columns:
    chance, now = company.chance, company.world.now_ms
    rows, created = _answered(company, key, sent, is_call)
    person, is_call = person[rows], is_call[rows]
    index = (is_call.astype(np.int64), key[rows])
    highest = np.where(is_call, 5, 7)
    felt = highest * (0.72 + 0.18 * chance.normal("delighted felt", *index))
    score = np.clip(np.round(felt), 1, highest).astype(np.int64)
    share = (score - 1) / (highest - 1)
    mood = np.select([share < 0.4, share < 0.8], [0, 1], 2)
    language = company.people.language[person].tolist()
    words = np.array([_WORDS[spoken][m] for spoken, m in zip(language, mood, strict=True)], "U30")
    speaks = chance.uniform("delighted speaks", *index) < 0.5
    # somebody reads it some days later and puts a tag on it
    tagged = created + ((1 + 9 * chance.uniform("delighted read", *index)) * DAY * 1000).astype(int)
    is_tagged = (chance.uniform("delighted tags", *index) < _TAGGED) & (tagged < now)
    tags = np.where(is_tagged, '["gelesen"]', "[]")
    return {
        "id": cells.numbers(chance, "delighted response", *index),
        "person": _ids(company, person),
        "survey_type": np.where(is_call, "csat", "ces"),
        "score": score,
        "comment": cells.unless(~speaks, words),
        "created_ms": created,
        "updated_ms": np.where(is_tagged, tagged, created),
        "tags_json": tags,
        "person_properties_json": np.array(
            [
                cells.as_json({"locale": spoken, "moment": "call" if call else "sign_up"})
                for spoken, call in zip(language, is_call.tolist(), strict=True)
            ],
            dtype=object,
        ),
    }
