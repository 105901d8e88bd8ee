"""Who is asked for an opinion, what they experienced, what they would say, and whether they say it.

The causes are set here: a slow first answer, no onboarding session and slow pages lower the score that a
person would give. The score also decides how likely the person is to answer. So measured scores differ
from real opinions, and the tables keep both.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import contracts, visits
from ingestion.sandbox.company.clock import add_months, seconds, waking
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.persons import COLLEAGUE, FOUNDER
from ingestion.sandbox.company.support import CHAT, PHONE

if TYPE_CHECKING:
    from ingestion.sandbox.company.draws import Array
    from ingestion.sandbox.whole import Company

NPS, CSAT = range(2)
HIGHEST = np.array([10, 5])
LOWEST = np.array([0, 1])
FIRST_ASKED, QUARTER = 30 * DAY, 91 * DAY
_MOST_QUARTERS = 64
_ASKED_QUARTERLY, _ASKED_AFTER_SUPPORT = 0.9, 0.6
# what is felt, on the scale of each question
_CONTENT, _BY_RESPONSE = 8.1, np.array([0.0, -0.7, -1.9, -0.4])
_ONBOARDED, _SLOW, _WORDING = 0.8, -5.0, 0.4
_CSAT_AT_ONCE, _CSAT_PER_DECADE = 4.6, -0.6
_SPREAD_PERSON, _SPREAD_MOMENT = np.array([1.3, 0.3]), np.array([0.9, 0.5])
_ERASED = 0.015
_USUAL_CHANCE = np.array([0.30, 0.26])


@dataclass
class Asked:
    """One row per invitation sent by now; moments in milliseconds, NEVER for none."""

    kind: Array  # NPS, CSAT
    key: Array  # numbers it for ever, within its kind
    person: Array
    sent_ms: Array
    by_chat: Array  # the link was shown in a chat: it names nobody
    is_reworded: Array  # asked in the second wording
    first_response_s: Array  # NaN: none
    is_onboarded: Array
    slow_share: Array
    shift: Array
    score: Array  # what would be answered
    chance: Array
    answered_ms: Array
    finished_ms: Array  # the second page
    deleted_ms: Array  # when the answer is deleted

    def where(self, mask: Array) -> Asked:
        """Return some of them."""
        return Asked(*(getattr(self, field.name)[mask] for field in fields(self)))


def rewording(company: Company) -> int:
    """Return when the quarterly question got another wording: half-way through the first years."""
    world = company.world
    return seconds(add_months(world.start, max(1, world.months // 2)))


def simulate(company: Company) -> Asked:
    """Ask everybody who is to be asked by now."""
    parts = [_quarterly(company), _after_support(company)]
    kind, key, person, sent, by_chat, waited = (
        np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    people, firms, chance = company.people, company.accounts, company.chance
    account = people.account[person]
    mine = account >= 0
    place = np.maximum(account, 0)
    none = np.zeros(len(person))
    onboarded = mine & (firms.onboarding_booked[place] < sent // 1000) if firms.count else none > 0
    slow = np.where(mine, firms.slow_share[place], 0.0) if firms.count else none
    reworded = (kind == NPS) & (sent >= rewording(company) * 1000)
    shift = np.where(reworded, _WORDING, 0.0)
    level = contracts.response_level(waited)
    decades = np.log10(np.maximum(np.nan_to_num(waited, nan=60.0), 60.0) / 60.0)
    felt = np.where(
        kind == NPS,
        _CONTENT + _BY_RESPONSE[level] + _ONBOARDED * onboarded + _SLOW * slow + shift,
        _CSAT_AT_ONCE + _CSAT_PER_DECADE * decades,
    )
    felt = felt + _SPREAD_PERSON[kind] * chance.normal("survey temper", person)
    felt = felt + _SPREAD_MOMENT[kind] * chance.normal("survey mood", kind, key)
    score = np.clip(np.round(felt), LOWEST[kind], HIGHEST[kind]).astype(np.int64)
    share = (score - LOWEST[kind]) / (HIGHEST[kind] - LOWEST[kind])
    likely = _USUAL_CHANCE[kind] * np.exp(1.1 * (share - 0.7)) + 0.18 * (share <= 0.25)
    wait = np.exp(np.log(7 * 3600) + 1.3 * chance.normal("survey wait", kind, key))
    wait = np.where(by_chat, wait / 200, wait)
    answered = sent + ((60 + np.minimum(wait, 20 * DAY)) * 1000).astype(np.int64)
    answers = chance.uniform("survey answers", kind, key) < likely
    pause = np.where(
        chance.uniform("survey comes back", kind, key) < 0.06,
        (0.3 + chance.uniform("survey break", kind, key)) * DAY,
        35 + 200 * chance.uniform("survey page", kind, key),
    )
    finishes = chance.uniform("survey finishes", kind, key) < 0.72
    finished = answered + (pause * 1000).astype(np.int64)
    erases = chance.uniform("survey erases", kind, key) < _ERASED
    days = 2 + 40 * chance.uniform("survey erased", kind, key)
    erased = answered + (days * DAY * 1000).astype(np.int64)
    return Asked(
        kind=kind,
        key=key,
        person=person,
        sent_ms=sent,
        by_chat=by_chat,
        is_reworded=reworded,
        first_response_s=waited,
        is_onboarded=onboarded,
        slow_share=slow,
        shift=shift,
        score=score,
        chance=likely,
        answered_ms=np.where(answers, answered, NEVER),
        finished_ms=np.where(answers & finishes, finished, NEVER),
        deleted_ms=np.where(answers & erases, erased, NEVER),
    )


def _quarterly(company: Company) -> tuple[Array, ...]:
    """Ask all who work with a paying account, from a month after its first payment on."""
    people, firms, world = company.people, company.accounts, company.world
    chance, agreed = company.chance, company.contracts
    works = np.isin(people.kind, (FOUNDER, COLLEAGUE)) & people.has_account
    who = np.flatnonzero(works)
    if not len(who):
        return tuple(np.empty(0, dtype=kind) for kind in (int, int, int, int, bool, float))
    paid = firms.first_payment[people.account[who]]
    quarters = np.clip((world.now - paid) // QUARTER + 1, 0, _MOST_QUARTERS)
    person = np.repeat(who, quarters)
    turn = np.arange(quarters.sum()) - np.repeat(np.cumsum(quarters) - quarters, quarters)
    key = person * _MOST_QUARTERS + turn
    account = people.account[person]
    within = (chance.uniform("survey day", key) * 10 * DAY).astype(np.int64)
    sent = waking(firms.first_payment[account] + FIRST_ASKED + turn * QUARTER + within)
    leaves = visits.active_until(people, firms, agreed, chance)
    asked = (sent > people.signed_up[person] + 14 * DAY) & (sent < leaves[person])
    asked &= (sent < world.now) & ~visits.is_away(people, agreed, person, sent)
    asked &= chance.uniform("survey asked", key) < _ASKED_QUARTERLY
    person, key, sent = person[asked], key[asked], sent[asked]
    count = len(person)
    return (
        np.full(count, NPS),
        key,
        person,
        sent * 1000,
        np.zeros(count, dtype=bool),
        company.median_response[people.account[person]],
    )


def _after_support(company: Company) -> tuple[Array, ...]:
    """Ask those whose chat or letter a human being has answered."""
    talks, people, chance = company.talks, company.people, company.chance
    is_chat = talks.way == CHAT
    delay = ((0.5 + chance.uniform("survey delay", talks.key)) * 3_600_000).astype(np.int64)
    done = np.where(is_chat, talks.answered_ms, talks.resolved_ms)
    sent = np.where(done < NEVER, done + delay, NEVER)
    asked = (sent < company.world.now_ms) & (people.signed_up[talks.person] <= talks.asked)
    asked &= (talks.answered_ms < NEVER) & (talks.way != PHONE)
    asked &= chance.uniform("survey after support", talks.key) < _ASKED_AFTER_SUPPORT
    chosen = talks.where(asked)
    count = len(chosen.key)
    return (
        np.full(count, CSAT),
        chosen.key,
        chosen.person,
        sent[asked],
        chosen.way == CHAT,
        ((chosen.answered_ms - chosen.asked_ms) // 1000).astype(float),
    )
