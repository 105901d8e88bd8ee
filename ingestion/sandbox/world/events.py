"""The events of a month as Mixpanel stores them: what happens within each visit, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.sandbox.world import names, tables, visits
from ingestion.sandbox.world.draws import DAY, NEVER, dashed, pick, text
from ingestion.sandbox.world.persons import ANDROID, CHANNELS, MAX_DEVICES, WEB

if TYPE_CHECKING:
    from ingestion.sandbox.world.accounts import Accounts
    from ingestion.sandbox.world.clock import Month, World
    from ingestion.sandbox.world.draws import Array, Chance
    from ingestion.sandbox.world.persons import People
    from ingestion.sandbox.world.visits import Visits

SITE = "https://nordlicht.example"


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
# what is done in a visit of each kind, with the seconds since it began
_FIXED: dict[int, tuple[tuple[int, int], ...]] = {
    visits.SIGN_UP: ((PRICING, 0), (SIGN_UP_PAGE, 38), (SIGNED_UP, visits.SIGN_UP_SECONDS)),
    visits.TRIAL: ((TRIAL_STARTED, 0),),
    visits.CHECKOUT: (
        (PRICING, 0),
        (PLAN_SELECTED, 41),
        (CHECKOUT_STARTED, 84),
        (PAID, visits.CHECKOUT_SECONDS),
    ),
    visits.RETURN: ((LOGGED_IN, 0), (CHECKOUT_STARTED, 70), (PAID, visits.CHECKOUT_SECONDS)),
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
_REPEATED, _SHIFTED = 0.004, 0.002
_COMPACTED = 20 * DAY * 1000  # repeats of half of the days are cleaned away after that
_PLACES = [(known, city) for known in names.COUNTRIES for city in known.cities]
_PAID_CHANNELS = ("paid_search", "paid_social")
_MARKS = {  # how each channel marks a first page view
    "paid_search": ("google", "cpc", "bewertungen-suche", "https://www.google.com/"),
    "organic_search": ("", "", "", "https://www.google.com/"),
    "paid_social": ("linkedin", "paid_social", "mehr-sterne", "https://www.linkedin.com/"),
    "social": ("", "", "", "https://www.instagram.com/"),
    "email": ("newsletter", "email", "nordlicht-brief", ""),
    "referral": ("", "", "", "https://fachportal.example/anbieter"),
    "direct": ("", "", "", ""),
}
_BROWSERS = (
    ("Chrome", 126, "Windows"), ("Chrome", 126, "Mac OS X"), ("Firefox", 127, "Windows"),
    ("Safari", 17, "Mac OS X"), ("Edge", 126, "Windows"), ("Firefox", 127, "Linux"),
)  # fmt: skip


class Links(NamedTuple):
    """What Mixpanel knows of devices: by person and slot, since when they are whose."""

    devices: Array  # as fixed-width text; person by slot, the shared ones last
    since_ms: Array  # NEVER: nobody logged in there by now


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
    since = np.where(since < world.now_ms, since, NEVER).reshape(-1, slots)
    return Links(devices(people, chance), since)


class _Walk(NamedTuple):
    """Steps taken, one row per event: the row of its visit, its place within, code and moment."""

    visit: Array
    place: Array
    code: Array
    time: Array


def month(
    world: World,
    people: People,
    accounts: Accounts,
    visited: Visits,
    known: Links,
    span: Month,
    chance: Chance,
) -> tables.Columns:
    """Return the stored events of a month."""
    near = (visited.time >= span.begin - 7200) & (visited.time < span.end)
    visited = visited.where(near)
    walk = _walk(people, accounts, visited, chance)
    key = visited.key[walk.visit] * 128 + walk.place
    arrived = walk.time * 1000 + visited.delay_ms[walk.visit]
    walk, key, arrived = _with_repeats(walk, key, arrived, chance, world.now_ms)
    keep = (walk.time >= span.begin) & (walk.time < span.end) & (arrived < world.now_ms)
    rows = np.flatnonzero(keep)
    rows = rows[np.lexsort((arrived[rows], key[rows], walk.time[rows]))]
    walk = _Walk(*(column[rows] for column in walk))
    key, arrived = key[rows], arrived[rows]
    visit, person, slot = walk.visit, visited.person[walk.visit], visited.slot[walk.visit]
    has_device = slot <= visits.SHARED_SLOT
    place = np.minimum(slot, visits.SHARED_SLOT)
    junk = np.array(names.JUNK_IDS)[chance.below("junk value", len(names.JUNK_IDS), visited.key)]
    device = known.devices[person, place]
    device = np.where(visited.has_junk_device[visit], junk[visit].astype("S36"), device)
    user = _users(people, visited, walk, junk)
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
        "properties_json": _properties(people, visited, walk, kind, has_device, chance),
    }


def _nulled(values: pa.Array, mask: Array) -> pa.Array:
    return pc.if_else(pa.array(mask), pa.scalar(None, pa.string()), values)


def _users(people: People, visited: Visits, walk: _Walk, junk: Array) -> Array:
    logged_in = visited.has_user[walk.visit]
    signing = visited.script[walk.visit] == visits.SIGN_UP
    logged_in = np.where(signing, walk.code == SIGNED_UP, logged_in)
    user = np.where(logged_in, people.user_id[visited.person[walk.visit]], "")
    return np.where(visited.has_junk_user[walk.visit], junk[walk.visit], user)


def _walk(people: People, accounts: Accounts, visited: Visits, chance: Chance) -> _Walk:
    rows = np.arange(len(visited.key))
    parts = []
    for kind, steps in _FIXED.items():
        mine = rows[visited.script == kind]
        for place, (code, offset) in enumerate(steps):
            parts.append(
                _Walk(
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
        _Walk(
            free.visit[slow],
            free.place[slow] + _MOST,
            np.full(slow.sum(), SLOW),
            free.time[slow] + 4,
        ),
    ]
    return _Walk(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _wandering(people: People, visited: Visits, chance: Chance) -> _Walk:
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
    return _Walk(visit, place, code, time)


def _slow(
    people: People, accounts: Accounts, visited: Visits, walk: _Walk, chance: Chance
) -> Array:
    account = people.account[visited.person[walk.visit]]
    share = np.full(len(walk.visit), 0.03)
    if accounts.count:
        share = np.where(account >= 0, accounts.slow_share[account] * 0.5, share)
    return chance.uniform("slow", visited.key[walk.visit], walk.place) < share


def _with_repeats(
    walk: _Walk, key: Array, arrived: Array, chance: Chance, now_ms: int
) -> tuple[_Walk, Array, Array]:
    """Add what was sent twice: the same again, or the same id at another time of that day."""
    u = chance.uniform("sent twice", key)
    again = np.flatnonzero(u < _REPEATED + _SHIFTED)
    moved = walk.time[again] + 60 + chance.below("sent later", 3600, key[again])
    moved = np.where(moved // DAY == walk.time[again] // DAY, moved, walk.time[again])
    time = np.where(u[again] < _REPEATED, walk.time[again], moved)
    late = arrived[again] + 1000 * (60 + chance.below("sent again", 3600, key[again]))
    # the vendor cleans old days now and then, or never
    cleaned = (chance.uniform("cleaned", walk.time[again] // DAY) < 0.5) & (
        walk.time[again] * 1000 + _COMPACTED < now_ms
    )
    again, time, late = again[~cleaned], time[~cleaned], late[~cleaned]
    repeated = _Walk(walk.visit[again], walk.place[again], walk.code[again], time)
    together = _Walk(*(np.concatenate(pair) for pair in zip(walk, repeated, strict=True)))
    return together, np.concatenate([key, key[again]]), np.concatenate([arrived, late])


def _properties(
    people: People,
    visited: Visits,
    walk: _Walk,
    kind: Array,
    has_device: Array,
    chance: Chance,
) -> pa.Array:
    visit = walk.visit
    person = visited.person[visit]
    u = chance.uniform("place", people.index)
    city = np.array([len(known.cities) for known in names.COUNTRIES])
    start = np.cumsum(city) - city
    place = start[people.country] + (u * city[people.country]).astype(np.int64)
    machine = chance.below("browser", len(_BROWSERS), person, visited.slot[visit])
    machine = np.where(kind == WEB, machine, len(_BROWSERS) + (kind == ANDROID))
    machine = np.where(visited.script[visit] == visits.CRAWL, len(_BROWSERS) + 2, machine)
    machine = np.where(has_device, machine, len(_BROWSERS) + 3)
    shows_page = (kind == WEB) & has_device & (walk.code != SLOW)
    page = np.where(shows_page, walk.code, len(STEPS))
    parts = [
        pa.array(_PLACE_TEXTS).take(pa.array(place[person])),
        pa.array(_MACHINE_TEXTS).take(pa.array(machine)),
        pa.array(_PAGE_TEXTS).take(pa.array(page)),
        pa.array(_MARK_TEXTS).take(pa.array(_marks(people, visited, walk, shows_page, chance))),
        _measures(visited, walk, chance),
    ]
    return pc.binary_join_element_wise(*parts, "}", "")


def _marks(
    people: People, visited: Visits, walk: _Walk, shows_page: Array, chance: Chance
) -> Array:
    """Return how the first page of a visit was reached, as a position in _MARK_TEXTS."""
    key, script = visited.key, visited.script
    again = chance.pick("way back", [4, 22, 3, 6, 14, 4, 47], key)
    channel = np.where(script == visits.ARRIVE, people.channel[visited.person], again)
    first = shows_page & (walk.place == 0) & (walk.code < SIGNED_UP)
    first &= np.isin(script[walk.visit], (visits.ARRIVE, visits.BROWSE))
    return np.where(first, channel[walk.visit], len(CHANNELS))


def _measures(visited: Visits, walk: _Walk, chance: Chance) -> pa.Array:
    out = np.full(len(walk.visit), "", dtype=object)
    slow = np.flatnonzero(walk.code == SLOW)
    load = 3000 + np.exp(
        6.5 + 0.9 * chance.normal("load time", visited.key[walk.visit[slow]], walk.place[slow])
    )
    out[slow] = [f',"page_load_ms":{value}' for value in load.astype(np.int64).tolist()]
    paid = np.flatnonzero(np.isin(walk.code, (PAID, RENEWED)))
    cents = visited.value[walk.visit[paid]].tolist()
    out[paid] = [f',"amount":{value / 100:.2f},"currency":"EUR"' for value in cents]
    return pa.array(out.tolist(), pa.string())


def _text(pairs: dict[str, object]) -> str:
    return tables.as_json(pairs)[1:-1]


def _page_text(step: Step) -> str:
    url = SITE + (step.path or "/app")
    return "," + _text({"$current_url": url}) if step.event != "Plan Renewed" else ""


def _mark_text(source: str, medium: str, campaign: str, referrer: str) -> str:
    pairs: dict[str, object] = {
        "$initial_referrer": referrer or "$direct",
        "$initial_referring_domain": referrer.split("/")[2] if referrer else "$direct",
    }
    if referrer:
        pairs |= {"$referrer": referrer, "$referring_domain": referrer.split("/")[2]}
    if source:
        pairs |= {"utm_source": source, "utm_medium": medium, "utm_campaign": campaign}
    return "," + _text(pairs)


_PLACE_TEXTS = [
    "{" + _text({"$city": city, "mp_country_code": known.code}) for known, city in _PLACES
]
_MACHINE_TEXTS = [
    *(
        "," + _text({"$browser": name, "$browser_version": version, "$os": system})
        for name, version, system in _BROWSERS
    ),
    "," + _text({"$os": "iOS", "$app_version_string": "3.4.1", "$manufacturer": "Apple"}),
    "," + _text({"$os": "Android", "$app_version_string": "3.4.0", "$manufacturer": "Google"}),
    "," + _text({"$browser": "HeadlessChrome", "$browser_version": 125, "$os": "Linux"}),
    "",
]
_PAGE_TEXTS = [*(_page_text(step) for step in STEPS), ""]
_MARK_TEXTS = [*(_mark_text(*_MARKS[channel]) for channel in CHANNELS), ""]
