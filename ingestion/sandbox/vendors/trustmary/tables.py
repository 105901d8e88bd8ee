"""What Trustmary keeps: contacts, surveys, invitations, answers that grow, reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import acts, names, surveys, tables as cells
from ingestion.sandbox.company.clock import waking
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.notes import EMAIL, Notes, normal
from ingestion.sandbox.company.persons import ANONYMOUS, BOT, STAFF
from ingestion.sandbox.company.surveys import CSAT, NPS, Asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.sandbox.company.draws import Array
    from ingestion.sandbox.company.tables import Columns
    from ingestion.sandbox.whole import Company

RESPONDENT = ("survey_respondent_id", "trustmary")
IDENTIFIERS = ((*RESPONDENT, True),)

NPS_FIRST, NPS_SECOND, AFTER_SUPPORT, TRIED_OUT, TEAM = (
    "tmNps01aQ", "tmNps02bQ", "tmCsat1cS", "tmTest0dX", "tmTeam9eP",
)  # fmt: skip
_FAR = 2**40  # seconds: a moment that never comes, and can be written in milliseconds
_NAMES = {
    NPS_FIRST: "Quartalsbefragung",
    NPS_SECOND: "Quartalsbefragung (neue Frage)",
    AFTER_SUPPORT: "Nach dem Support",
    TRIED_OUT: "Test bitte löschen",
    TEAM: "Teambefragung",
}
CSAT_QUESTION, REASONS_QUESTION = "q7Zufr", "q8Grund"
_REASONS = ("schnell", "freundlich", "kompetent", "zu langsam", "nicht gelöst")
_UNHAPPY, _CONTENT, _HAPPY = range(3)
_WORDS = {
    "de": (
        ("Zu lange auf Antwort gewartet.", "Berichte laden ewig.", "Nicht das, was ich brauchte."),
        ("Ganz in Ordnung.", "Läuft, könnte schneller sein.", "Macht, was es soll."),
        ("Einfach und schnell 👍", "Super Support!", "Wir sammeln doppelt so viele Bewertungen."),
    ),
    "en": (
        ("Waited too long for an answer.", "Reports take for ever.", "Not what I needed."),
        ("It is fine.", "Works, could be faster.", "Does the job."),
        ("Easy and quick 👍", "Great support!", "We collect twice as many reviews."),
    ),
}
_WRITTEN_ELSEWHERE = (0.12, 0.03)  # of signed-up people: Google, Facebook


def survey_ids(asked: Asked) -> Array:
    """Return the survey that each invitation leads to."""
    quarterly = np.where(asked.is_reworded, NPS_SECOND, NPS_FIRST)
    return np.where(asked.kind == NPS, quarterly, AFTER_SUPPORT)


def contact_ids(company: Company, person: Array) -> Array:
    """Return the contact of each person."""
    return company.chance.hex("trustmary contact", person, chars=20).astype("U20")


def _ids(company: Company, what: str, asked: Asked) -> Array:
    drawn = company.chance.hex(f"trustmary {what}", asked.kind, asked.key, chars=18)
    return drawn.astype("U18")


def typed(company: Company, asked: Asked) -> tuple[Array, Array]:
    """Return the addresses typed on the second page, "" for none, and which of them are junk.

    A deleted answer says nothing any more.
    """
    people, chance = company.people, company.chance
    person, index = asked.person, (asked.kind, asked.key)
    u = chance.uniform("trustmary typed", *index)
    types = (asked.finished_ms < company.world.now_ms) & (asked.deleted_ms >= company.world.now_ms)
    types &= chance.uniform("trustmary types", *index) < np.where(asked.by_chat, 0.5, 0.25)
    email = people.email[person].astype("U80")
    second = people.second_email[person]
    email = np.where((second != "") & (u < 0.5), second, email)
    junk = np.array(names.JUNK_EMAILS)[
        chance.below("trustmary junk", len(names.JUNK_EMAILS), *index)
    ]
    is_junk = types & (u > 0.97)
    return np.where(types, np.where(is_junk, junk, email), ""), is_junk


def identify(company: Company, notes: Notes) -> None:
    """Note contacts with their addresses, and what respondents typed."""
    asked, people = surveys.simulate(company), company.people
    who, since = _contacts(company, asked)
    contact = contact_ids(company, who)
    notes.link((RESPONDENT, contact), (EMAIL, normal(people.email[who])), who, "trustmary", since)
    email, is_junk = typed(company, asked)
    says = (email != "") & ~is_junk
    named, loose = says & ~asked.by_chat, says & asked.by_chat
    notes.node(EMAIL, normal(email[loose]), asked.person[loose])
    person = asked.person[named]
    notes.link(
        (RESPONDENT, contact_ids(company, person)),
        (EMAIL, normal(email[named])),
        person,
        "trustmary",
        asked.finished_ms[named],
    )


def touches(company: Company) -> Iterator[tuple[tuple[str, str], Array, Array, Array, int]]:
    """Yield answers that came, where they name somebody; an invitation is the company's doing."""
    asked, now = surveys.simulate(company), company.world.now_ms
    mailed = asked.where(~asked.by_chat)
    contact = contact_ids(company, mailed.person)
    came = (mailed.answered_ms < now) & (mailed.deleted_ms >= now)
    yield (
        RESPONDENT,
        contact[came],
        mailed.person[came],
        mailed.answered_ms[came] / 1000,
        acts.NOTHING,
    )
    email, is_junk = typed(company, asked)
    loose = asked.by_chat & (email != "") & ~is_junk
    who, moment = asked.person[loose], asked.answered_ms[loose] / 1000
    yield ("email", "global"), normal(email[loose]), who, moment, acts.NOTHING


def _contacts(company: Company, asked: Asked) -> tuple[Array, Array]:
    """Return who was ever invited by e-mail, and since when they are contacts."""
    mailed = asked.where(~asked.by_chat)
    first = np.full(company.people.count, NEVER)
    np.minimum.at(first, mailed.person, mailed.sent_ms)
    who = np.flatnonzero(first < NEVER)
    return who, first[who] - 90_000


def tables(company: Company) -> Iterator[tuple[str, Columns]]:
    """Yield the tables."""
    asked = surveys.simulate(company)
    now = company.world.now_ms
    yield "trustmary/contacts", _contact_table(company, asked)
    begin = company.world.begin * 1000
    yield (
        "trustmary/lists",
        {
            "id": ["tmListKun", "tmListSup"],
            "name": ["Kunden", "Nach Support"],
            "created_ms": [begin, begin],
            "updated_ms": [begin, begin],
        },
    )
    came = asked.where(asked.answered_ms < now)
    answers = _answer_table(company, came)
    yield "trustmary/surveys", _survey_table(company, answers)
    yield "trustmary/invitations", _invitation_table(company, asked)
    yield "trustmary/answers", answers
    yield "trustmary/reviews", _review_table(company, came, answers)


def _contact_table(company: Company, asked: Asked) -> Columns:
    people, now = company.people, company.world.now_ms
    who, since = _contacts(company, asked)
    gone = since + ((20 + 300 * company.chance.uniform("trustmary gone", who)) * DAY * 1000).astype(
        np.int64
    )
    gone = np.where(company.chance.uniform("trustmary goes", who) < 0.03, gone, NEVER)
    account = people.account[who]
    company_name = people.account_name[np.maximum(account, 0)] if company.accounts.count else None
    return {
        "id": contact_ids(company, who),
        "email": people.email[who],
        "name": _full_names(company, who),
        "company": cells.unless(account < 0, company_name)
        if company_name is not None
        else np.full(len(who), None),
        "type": np.full(len(who), "customer"),
        "created_ms": since,
        "updated_ms": np.where(gone < now, gone, since),
        "deleted_ms": cells.until(gone, now),
    }


def _full_names(company: Company, who: Array) -> Array:
    people = company.people
    return np.char.add(np.char.add(people.first_name[who], " "), people.last_name[who])


def _survey_table(company: Company, answers: Columns) -> Columns:
    world = company.world
    begin, second = world.begin * 1000, surveys.rewording(company) * 1000
    created = dict.fromkeys(_NAMES, begin) | {NPS_SECOND: second}
    shown = [name for name in _NAMES if created[name] < world.now_ms]
    counts = [int(np.sum(answers["survey_id"] == name)) for name in shown]
    tried_until = begin + 5 * DAY * 1000
    last = [
        max(
            [created[name], *answers["updated_ms"][answers["survey_id"] == name].tolist()],
        )
        for name in shown
    ]
    return {
        "id": shown,
        "type": ["employee" if name == TEAM else "customer" for name in shown],
        "name": [_NAMES[name] for name in shown],
        "count": counts,
        "created_ms": [created[name] for name in shown],
        "updated_ms": last,
        "deleted_ms": [
            tried_until if name == TRIED_OUT and tried_until < world.now_ms else None
            for name in shown
        ],
    }


def _invitation_table(company: Company, asked: Asked) -> Columns:
    came = asked.answered_ms < company.world.now_ms
    return {
        "id": _ids(company, "invitation", asked),
        "survey_id": survey_ids(asked),
        "contact_id": cells.unless(asked.by_chat, contact_ids(company, asked.person)),
        "channel": np.where(asked.by_chat, "chat", "email"),
        "sent_ms": asked.sent_ms,
        "answer_id": cells.unless(~came, _ids(company, "answer", asked)),
        "person_id": company.people.ids[asked.person],
        "first_response_s": np.ma.masked_invalid(asked.first_response_s),
        "is_onboarded": asked.is_onboarded,
        "slow_page_share": asked.slow_share,
        "wording_shift": asked.shift,
        "score_if_asked": asked.score,
        "answer_chance": asked.chance,
    }


def _answer_table(company: Company, came: Asked) -> Columns:
    chance, now, people = company.chance, company.world.now_ms, company.people
    index, count = (came.kind, came.key), len(came.key)
    whole = came.finished_ms < now
    share = (came.score - surveys.LOWEST[came.kind]) / (
        surveys.HIGHEST[came.kind] - surveys.LOWEST[came.kind]
    )
    mood = np.select([share < 0.55, share < 0.85], [_UNHAPPY, _CONTENT], _HAPPY)
    says = chance.below("trustmary words", 3, *index)
    speaks = people.language[came.person].tolist()
    words = np.array(
        [_WORDS[lang][m][s] for lang, m, s in zip(speaks, mood, says, strict=True)], dtype="U60"
    )
    reason = whole & (chance.uniform("trustmary reason", *index) < 0.7)
    public = whole & (mood == _HAPPY) & (chance.uniform("trustmary public", *index) < 0.45)
    declines = whole & ~public & (chance.uniform("trustmary declines", *index) < 0.5)
    email, _ = typed(company, came)
    last = np.where(whole, came.finished_ms, came.answered_ms)
    return {
        "id": _ids(company, "answer", came),
        "survey_id": survey_ids(came),
        "survey_name": np.array([_NAMES[name] for name in survey_ids(came).tolist()], dtype="U40"),
        "contact_id": cells.unless(came.by_chat, contact_ids(company, came.person)),
        "nps": np.ma.masked_array(came.score, mask=came.kind != NPS),
        "custom_json": _custom(company, came, whole, mood),
        "feedback": cells.unless(~reason, words),
        "comment": cells.unless(~public, words),
        "name": cells.unless(~public, _full_names(company, came.person)),
        "email": cells.unless(email == "", email),
        "organization": np.full(count, None),
        "public_consent": public,
        "no_public_consent": declines,
        "created_ms": came.answered_ms,
        "updated_ms": np.where(came.deleted_ms < now, came.deleted_ms, last),
        "deleted_ms": cells.until(came.deleted_ms, now),
    }


def _custom(company: Company, came: Asked, whole: Array, mood: Array) -> Array:
    """Return the answers to the survey's own questions: the rating on the first page as text."""
    picked = company.chance.below("trustmary reasons", 3, came.kind, came.key)
    found = []
    for kind, score, is_whole, m, first in zip(
        came.kind, came.score, whole, mood, picked, strict=True
    ):
        given: dict[str, object] = {}
        if kind == CSAT:
            given[CSAT_QUESTION] = str(score)
            if is_whole:
                offered = _REASONS[3:] if m == _UNHAPPY else _REASONS[:3]
                given[REASONS_QUESTION] = list(offered[: 1 + int(first)])
        found.append(cells.as_json(given))
    return np.array(found, dtype=object)


def _review_table(company: Company, came: Asked, answers: Columns) -> Columns:
    """Return testimonials out of answers, and what people wrote elsewhere without a name we know."""
    now, chance, people = company.world.now_ms, company.chance, company.people
    # an answer that was deleted takes its testimonial along
    own = answers["public_consent"]
    parts = []
    mine = came.where(own)
    published = chance.uniform("trustmary publishes", mine.kind, mine.key) < 0.7
    parts.append(
        (
            np.char.add("tm-", _ids(company, "review", mine)),
            np.full(len(mine.key), "trustmary"),
            np.where(mine.kind == NPS, mine.score, mine.score * 2),
            answers["comment"][own],
            mine.person,
            published,
            mine.finished_ms,
            mine.deleted_ms,
        )
    )
    customers = (people.kind < STAFF) & ~np.isin(people.kind, (ANONYMOUS, BOT))
    for number, (elsewhere, rate) in enumerate(
        zip(("google", "facebook"), _WRITTEN_ELSEWHERE, strict=True)
    ):
        place = np.full(people.count, number)
        days = 5 + 200 * chance.uniform("review wait", people.index, place)
        written = waking(np.minimum(people.signed_up, _FAR) + (days * DAY).astype(np.int64))
        writes = customers & (chance.uniform("review writes", people.index, place) < rate)
        who = np.flatnonzero(writes & (written * 1000 < now))
        score = np.array([2, 4, 8, 10])[
            chance.pick("review stars", [10, 8, 27, 55], who, place[who])
        ]
        language = people.language[who].tolist()
        mood = np.select([score < 5, score < 9], [_UNHAPPY, _CONTENT], _HAPPY)
        words = [_WORDS[lang][m][0] for lang, m in zip(language, mood.tolist(), strict=True)]
        gone = written[who] * 1000 + 60 * DAY * 1000
        taken = chance.uniform("review taken back", who, place[who]) < 0.05
        parts.append(
            (
                cells.prefixed("g-" if not number else "f-", chance, f"review {elsewhere}", who),
                np.full(len(who), elsewhere),
                score,
                np.array(words, dtype=object),
                who,
                np.ones(len(who), dtype=bool),
                written[who] * 1000,
                np.where(taken, gone, NEVER),
            )
        )
    eid, source, score, comment, person, published, created, gone = (
        np.concatenate([np.asarray(part[place], dtype=object) for part in parts])
        for place in range(8)
    )
    person = person.astype(np.int64)
    created, gone = created.astype(np.int64), gone.astype(np.int64)
    return {
        "eid": eid,
        "source": source,
        "nps": score.astype(np.int64),
        "comment": comment,
        "name": _full_names(company, person) if len(person) else np.empty(0, dtype="U1"),
        "company": np.full(len(eid), None),
        "published": published.astype(bool),
        "created_ms": created,
        "updated_ms": np.where(gone < now, gone, created),
        "deleted_ms": cells.until(gone, now),
    }
