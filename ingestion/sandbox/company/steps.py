"""What happens within a visit, step by step: the pages viewed and the things done."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ingestion.sandbox.company import acts, visits
from ingestion.sandbox.company.accounts import CHECKOUT_SECONDS
from ingestion.sandbox.company.draws import DAY, pick
from ingestion.sandbox.company.persons import CHANNELS

if TYPE_CHECKING:
    from ingestion.sandbox.company.accounts import Accounts
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.persons import People
    from ingestion.sandbox.company.visits import Visits


class Step(NamedTuple):
    """Something that is tracked: an event's name and, for page views, the page."""

    event: str
    path: str = ""


STEPS = (
    Step("Ad Clicked", "/"),
    Step("Page Viewed", "/"),
    Step("Page Viewed", "/blog/mehr-bewertungen"),
    Step("Page Viewed", "/blog/answering-reviews"),
    Step("Page Viewed", "/features"),
    Step("Page Viewed", "/reviews"),
    Step("Page Viewed", "/docs/widget"),
    Step("Page Viewed", "/docs/api"),
    Step("Page Viewed", "/compare"),
    Step("Page Viewed", "/pricing"),
    Step("Page Viewed", "/signup"),
    Step("Signed Up"),
    Step("Trial Started"),
    Step("Plan Selected"),
    Step("Checkout Started"),
    Step("Payment Completed"),
    Step("Logged In"),
    Step("Onboarding Session Booked"),
    Step("Onboarding Step Completed"),
    Step("Review Request Sent"),
    Step("Review Received"),
    Step("Report Viewed"),
    Step("Widget Embedded"),
    Step("Colleague Invited"),
    Step("Page Slow"),
    Step("Plan Renewed"),
    Step("Referral Shared"),
    Step("Review Written"),
)
(
    AD, HOME, _BLOG_DE, _BLOG_EN, _FEATURES, _REVIEWS, _WIDGET_DOCS, _API_DOCS, _COMPARE, PRICING,
    SIGN_UP_PAGE, SIGNED_UP, TRIAL_STARTED, PLAN_SELECTED, CHECKOUT_STARTED, PAID, LOGGED_IN,
    BOOKED, _ONBOARDED, _REQUESTED, _RECEIVED, _REPORT, _EMBEDDED, _INVITED, SLOW, RENEWED,
    REFERRED, REVIEWED,
) = range(len(STEPS))  # fmt: skip
# what each step shows of whoever takes it; that a page is slow shows nothing
STEP_ACTS = np.full(len(STEPS), acts.USE)
STEP_ACTS[[AD, HOME, _BLOG_DE, _BLOG_EN]] = acts.NEED
STEP_ACTS[[_FEATURES, _REVIEWS, _WIDGET_DOCS, _API_DOCS]] = acts.INFORM
STEP_ACTS[
    [_COMPARE, PRICING, SIGN_UP_PAGE, SIGNED_UP, TRIAL_STARTED, PLAN_SELECTED, CHECKOUT_STARTED]
] = acts.CHOOSE
STEP_ACTS[PAID], STEP_ACTS[RENEWED] = acts.BUY, acts.RENEW
STEP_ACTS[[REFERRED, REVIEWED]] = acts.RECOMMEND
STEP_ACTS[SLOW] = acts.NOTHING
# what is done in a visit of each kind, with the seconds since it began
_FIXED: dict[int, tuple[tuple[int, int], ...]] = {
    visits.SIGN_UP: ((PRICING, 0), (SIGN_UP_PAGE, 38), (SIGNED_UP, visits.SIGN_UP_SECONDS)),
    visits.TRIAL: ((TRIAL_STARTED, 0),),
    visits.CHECKOUT: (
        (PRICING, 0),
        (PLAN_SELECTED, 41),
        (CHECKOUT_STARTED, 84),
        (PAID, CHECKOUT_SECONDS),
    ),
    visits.RETURN: ((LOGGED_IN, 0), (CHECKOUT_STARTED, 70), (PAID, CHECKOUT_SECONDS)),
    visits.ONBOARDING: ((BOOKED, 0),),
    visits.RENEW: ((RENEWED, 0),),
    visits.REFER: ((LOGGED_IN, 0), (REFERRED, 63)),
    visits.REVIEW: ((LOGGED_IN, 0), (REVIEWED, 180)),
}
_PAGES = (HOME, _BLOG_DE, _BLOG_EN, _FEATURES, _REVIEWS, _WIDGET_DOCS, _API_DOCS, _COMPARE, PRICING)
_EARLY = [24.0, 16.0, 12.0, 22.0, 10.0, 3.0, 2.0, 5.0, 6.0]
_LATER = [9.0, 5.0, 4.0, 19.0, 14.0, 8.0, 6.0, 14.0, 21.0]
_ACTIONS = (
    _REQUESTED, _RECEIVED, _REPORT, _EMBEDDED, _INVITED, _WIDGET_DOCS, _API_DOCS, _ONBOARDED,
)  # fmt: skip
_USUAL = [34.0, 22.0, 26.0, 3.0, 2.5, 4.0, 2.5, 0.0]
_FRESH = [18.0, 6.0, 10.0, 8.0, 5.0, 12.0, 5.0, 36.0]
_MOST = 40
_PAID_CHANNELS = ("paid_search", "paid_social")


class Walk(NamedTuple):
    """Steps taken, one row per event: the row of its visit, its place within, code and moment."""

    visit: Array
    place: Array
    code: Array
    time: Array


def walk_through(people: People, accounts: Accounts, visited: Visits, chance: Chance) -> Walk:
    """Return all steps of some visits."""
    rows = np.arange(len(visited.key))
    parts = []
    for kind, steps in _FIXED.items():
        mine = rows[visited.script == kind]
        for place, (code, offset) in enumerate(steps):
            parts.append(
                Walk(
                    mine,
                    np.full(len(mine), place),
                    np.full(len(mine), code),
                    visited.time[mine] + offset,
                )
            )
    free = _wandering(people, visited, chance)
    slow = _slow(people, accounts, visited, free, chance)
    parts += [
        free,
        Walk(
            free.visit[slow],
            free.place[slow] + _MOST,
            np.full(slow.sum(), SLOW),
            free.time[slow] + 4,
        ),
    ]
    return Walk(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _wandering(people: People, visited: Visits, chance: Chance) -> Walk:
    script, key = visited.script, visited.key
    mine = np.flatnonzero(
        np.isin(script, (visits.ARRIVE, visits.BROWSE, visits.PRODUCT, visits.CRAWL))
    )
    thirst = -np.log1p(-chance.uniform("steps", key[mine]))
    count = 1 + (thirst * np.where(script[mine] == visits.PRODUCT, 3.6, 2.1)).astype(np.int64)
    count = np.minimum(np.where(script[mine] == visits.CRAWL, _MOST, count), _MOST)
    visit, first = np.repeat(mine, count), np.repeat(np.cumsum(count) - count, count)
    place = np.arange(count.sum()) - first
    gap = np.where(
        script[visit] == visits.CRAWL, 2, 20 + chance.below("pause", 50, key[visit], place)
    )
    before = np.cumsum(gap) - gap
    time = visited.time[visit] + before - before[first]
    person = visited.person[visit]
    u = chance.uniform("step", key[visit], place)
    is_late = visited.time[visit] > people.arrived[person] + 2 * DAY
    is_fresh = visited.time[visit] < people.signed_up[person] + 10 * DAY
    pages, actions = np.array(_PAGES), np.array(_ACTIONS)
    code = np.where(is_late, pages[pick(u, _LATER)], pages[pick(u, _EARLY)])
    does = np.where(is_fresh, actions[pick(u, _FRESH)], actions[pick(u, _USUAL)])
    code = np.where(script[visit] == visits.PRODUCT, does, code)
    logs_in = visited.is_first_login | (chance.uniform("logs in", key) < 0.45)
    code = np.where(
        (place == 0) & (script[visit] == visits.PRODUCT) & logs_in[visit], LOGGED_IN, code
    )
    paid = np.isin(people.channel[person], [CHANNELS.index(name) for name in _PAID_CHANNELS])
    arrives = (place == 0) & (script[visit] == visits.ARRIVE)
    code = np.where(arrives, np.where(paid, AD, HOME), code)
    return Walk(visit, place, code, time)


def _slow(people: People, accounts: Accounts, visited: Visits, walk: Walk, chance: Chance) -> Array:
    account = people.account[visited.person[walk.visit]]
    share = np.full(len(walk.visit), 0.03)
    if accounts.count:
        share = np.where(account >= 0, accounts.slow_share[account] * 0.5, share)
    return chance.uniform("slow", visited.key[walk.visit], walk.place) < share
