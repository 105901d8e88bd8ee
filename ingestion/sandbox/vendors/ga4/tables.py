"""Google Analytics 4 with a tag manager: what the visits of `visits.py` leave in the property.

Only what no other system sees counts as a touchpoint: the guide's visits, forms and callbacks. Visits to
the website are reported by the product's analytics, and an event for a calendar's booking is that booking.
Visitors without consent are measured without a cookie and belong to no person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ingestion.sandbox.company import acts, names, tables as cells
from ingestion.sandbox.company.accounts import CHECKOUT_SECONDS
from ingestion.sandbox.company.clock import local
from ingestion.sandbox.company.notes import USER
from ingestion.sandbox.company.persons import CHANNELS
from ingestion.sandbox.company.visits import SIGN_UP_SECONDS
from ingestion.sandbox.vendors.ga4 import export, visits as visited
from ingestion.sandbox.vendors.ga4.visits import DENIED, GRANTED, Visits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestion.sandbox.company.draws import Array
    from ingestion.sandbox.company.notes import Notes
    from ingestion.sandbox.company.tables import Columns
    from ingestion.sandbox.whole import Company

COOKIE = ("cookie_id", "ga4")
IDENTIFIERS = ((*COOKIE, False),)
SITE, GUIDE_SITE = "nordlicht.example", "ratgeber.nordlicht.example"
MICROS = 1_000_000
PAGES = {
    SITE: ("/", "/blog/mehr-bewertungen", "/features", "/reviews", "/pricing", "/compare"),
    GUIDE_SITE: ("/", "/bewertungen-beantworten", "/sterne-und-umsatz", "/google-profil"),
}
SOURCES = {
    "paid_search": ("google", "cpc", "bewertungen-suche", True),
    "organic_search": ("google", "organic", "", False),
    "paid_social": ("linkedin", "paid_social", "mehr-sterne", False),
    "social": ("instagram.com", "social", "", False),
    "email": ("newsletter", "email", "nordlicht-brief", False),
    "referral": ("fachportal.example", "referral", "", False),
    "direct": ("(direct)", "(none)", "", False),
}
GROUPS = {
    "paid_search": "Paid Search", "organic_search": "Organic Search", "paid_social": "Paid Social",
    "social": "Organic Social", "email": "Email", "referral": "Referral", "direct": "Direct",
}  # fmt: skip
_MOST = 6
_JUNK_USER, _SENT_AGAIN = 0.01, 0.08
_BROWSERS = (("Chrome", "Windows"), ("Firefox", "Windows"), ("Safari", "Macintosh"))
# what happens after the pages of a visit: event, page, seconds since its begin
_DONE = {
    visited.SIGN_UP: (("page_view", "/signup", 38), ("sign_up", "/signup", SIGN_UP_SECONDS)),
    visited.CHECKOUT: (
        ("begin_checkout", "/pricing", 84),
        ("purchase", "/pricing", CHECKOUT_SECONDS),
    ),
    visited.LOGIN: (("login", "/login", 6),),
    visited.FORM: (("form_start", "/leitfaden", 70), ("generate_lead", "/leitfaden", 150)),
    visited.CALLBACK: (("booking_completed", "/rueckruf", 95),),
    visited.CALENDAR: (("booking_completed", "/demo", 45),),
    visited.CANCEL: (("booking_cancelled", "/rueckruf", 20),),
}
_FIRST_PAGE = {
    visited.SIGN_UP: "/pricing",
    visited.CHECKOUT: "/pricing",
    visited.LOGIN: "/login",
    visited.CALENDAR: "/demo",
    visited.CANCEL: "/rueckruf",
}
# the events at which the site knows who it is
_KNOWN = ("sign_up", "login", "begin_checkout", "purchase")


class Steps(NamedTuple):
    """One row per event: the row of its visit, its name, page and second, its place in the visit."""

    visit: Array
    event: Array
    page: Array
    second: Array
    place: Array


def _steps(company: Company, found: Visits) -> Steps:
    """Return the events of all visits, those that come in the future among them."""
    chance, count = company.chance, len(found.key)
    rows = np.arange(count)
    numbers = _numbers(found)
    parts: list[tuple[Array, str, Array, Array, int]] = []
    host = np.where(np.isin(found.kind, visited.GUIDE_KINDS), GUIDE_SITE, SITE)
    opened = np.full(count, "", dtype="U40")
    for site, pages in PAGES.items():
        mine = host == site
        opened[mine] = np.array(pages)[chance.below("ga4 page", len(pages), found.key[mine])]
    for kind, first in _FIRST_PAGE.items():
        opened[found.kind == kind] = first
    zero = np.zeros(count, dtype=np.int64)
    parts.append((rows, "session_start", opened, zero, 0))
    fresh = numbers == 1
    parts.append((rows[fresh], "first_visit", opened[fresh], zero[fresh], 1))
    parts.append((rows, "page_view", opened, zero, 2))
    more = -np.log1p(-chance.uniform("ga4 pages", found.key)) * 1.1
    more = np.where(np.isin(found.kind, (visited.PAGES, visited.GUIDE, visited.FORM)), more, 0)
    for turn in range(1, _MOST):
        goes = more >= turn
        key, where = found.key[goes], host[goes]
        following = np.full(len(key), "", dtype="U40")
        for name, pages in PAGES.items():
            here = np.flatnonzero(where == name)
            following[here] = np.array(pages)[
                chance.below("ga4 next page", len(pages), key[here], np.full(len(here), turn))
            ]
        pause = turn * 20 + chance.below("ga4 pause", 15, key, np.full(len(key), turn))
        parts.append((rows[goes], "page_view", following, pause, 2 + turn))
    for kind, done in _DONE.items():
        mine = rows[found.kind == kind]
        for place, (event, path, after) in enumerate(done):
            parts.append((mine, event, np.full(len(mine), path), np.full(len(mine), after),
                          10 + place))  # fmt: skip
    bought = rows[found.kind == visited.CHECKOUT]
    again = bought[chance.uniform("ga4 again", found.key[bought]) < _SENT_AGAIN]
    # the page with the thanks was opened once more
    parts.append((again, "purchase", np.full(len(again), "/pricing"),
                  np.full(len(again), CHECKOUT_SECONDS + 300), 15))  # fmt: skip
    # a server tells that the invoice was paid: no session is known to it
    parts.append((bought, "invoice_paid", np.full(len(bought), ""),
                  np.full(len(bought), CHECKOUT_SECONDS + 60), 16))  # fmt: skip
    return Steps(
        visit=np.concatenate([part[0] for part in parts]),
        event=np.concatenate([np.full(len(part[0]), part[1], dtype="U20") for part in parts]),
        page=np.concatenate([part[2] for part in parts]),
        second=np.concatenate([part[3] for part in parts]),
        place=np.concatenate([np.full(len(part[0]), part[4]) for part in parts]),
    )


def _numbers(found: Visits) -> Array:
    """Return the how manieth visit of its browser each is, from 1."""
    return cells.repeats(found.person * 8 + found.slot) + 1


def _micros(company: Company, found: Visits, steps: Steps) -> Array:
    """Return when each event was, by the visitor's clock; what is sent together has one moment."""
    together = np.where(steps.place <= 2, 0, steps.place)
    key = found.key[steps.visit]
    second = found.time[steps.visit] + steps.second
    return np.asarray(second * MICROS + company.chance.below("ga4 micros", MICROS, key, together))


def _arrived(company: Company) -> tuple[Visits, Steps, Array]:
    """Return what has reached the property by now, in order of time, with the moments."""
    found = visited.measured(company)
    steps = _steps(company, found)
    moment = _micros(company, found, steps)
    there = moment // 1000 + found.delay_ms[steps.visit] < company.world.now_ms
    order = np.flatnonzero(there)
    order = order[np.lexsort((steps.place[order], found.key[steps.visit[order]], moment[order]))]
    return found, Steps(*(column[order] for column in steps)), moment[order]


def _cookies(company: Company, person: Array, slot: Array) -> Array:
    """Return the client ids, as the cookie holds them: a number and when it was set."""
    drawn = company.chance.below("ga4 cookie", 2**31 - 1, person, slot) + 1
    since = (company.people.arrived[person] + slot).astype("U12")
    return np.char.add(np.char.add(drawn.astype("U10"), "."), since)


def _users(company: Company, found: Visits, steps: Steps) -> Array:
    """Return the user ids that the site sets; "" where it knows nobody."""
    people, key = company.people, found.key[steps.visit]
    knows = np.isin(steps.event, _KNOWN)
    user = np.where(knows, people.user_id[found.person[steps.visit]], "")
    junk = knows & (company.chance.uniform("ga4 junk user", key) < _JUNK_USER)
    return np.where(junk, "undefined", user)


def tables(company: Company) -> Iterator[tuple[str, Columns]]:
    """Yield the property's events, and the files in which the export wrote them."""
    events = _event_table(company)
    yield "ga4/events", events
    yield "ga4/shards", export.shards(company.world, events)


def files(company: Company, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the export."""
    yield from export.files(company.world, folder / "ga4" / "events.parquet")


def _event_table(company: Company) -> Columns:
    chance, people = company.chance, company.people
    found, steps, moment = _arrived(company)
    visit = steps.visit
    person, slot, key = found.person[visit], found.slot[visit], found.key[visit]
    consent, is_denied = found.consent[visit], found.consent[visit] == DENIED
    is_server = steps.event == "invoice_paid"
    host = np.where(np.isin(found.kind[visit], visited.GUIDE_KINDS), GUIDE_SITE, SITE)
    channel = visited.channel_names(found.channel)[visit]
    first = visited.channel_names(people.channel[person])
    told = {name: np.array([SOURCES[each][place] for each in SOURCES])
            for place, name in enumerate(("source", "medium", "campaign", "gclid"))}  # fmt: skip
    at = np.array([list(SOURCES).index(name) for name in CHANNELS])[found.channel[visit]]
    campaign, clicked = told["campaign"][at], told["gclid"][at]
    gclid = chance.hex("ga4 gclid", found.key, chars=16).astype("U16")[visit]
    referrer = np.where(told["medium"][at] == "referral", "https://fachportal.example/anbieter", "")
    cookie, user = _cookies(company, person, slot), _users(company, found, steps)
    machine = chance.below("ga4 browser", len(_BROWSERS), found.person, found.slot)[visit]
    countries = np.array([country.name for country in names.COUNTRIES])
    page = np.char.add(np.char.add("https://", host), steps.page)
    seconds = local(moment // MICROS)
    day = np.char.replace(np.datetime_as_string(seconds.astype("datetime64[s]"), unit="D"), "-", "")
    return {
        "id": chance.hex("ga4 event", key, steps.place, chars=16),
        "time_us": moment,
        "arrived_ms": moment // 1000 + found.delay_ms[visit],
        "day": day,
        "event": steps.event,
        "host": host,
        "page": cells.unless(is_server, page),
        "referrer": cells.unless((referrer == "") | is_server, referrer),
        "cookie": cells.unless(is_denied, cookie),
        "user_id": cells.unless(user == "", user),
        "session_id": np.ma.masked_array(found.time[visit], mask=is_denied | is_server),
        "session_number": np.ma.masked_array(_numbers(found)[visit], mask=is_denied | is_server),
        "visit": key,
        "consent": cells.unless(
            consent == visited.NO_CONSENT_MODE, np.where(consent == GRANTED, "Yes", "No")
        ),
        "channel": np.array([GROUPS[name] for name in channel.tolist()]),
        "source": told["source"][at],
        "medium": told["medium"][at],
        "campaign": cells.unless(campaign == "", campaign),
        "gclid": cells.unless(~clicked, gclid),
        "first_channel": first,
        "is_engaged": (steps.place > 2).astype(np.int64),
        "bundle": chance.below("ga4 bundle", 2**31, key, np.where(steps.place > 2, 1, 0)),
        "place": steps.place,
        "browser": np.array([name for name, _ in _BROWSERS])[machine],
        "system": np.array([name for _, name in _BROWSERS])[machine],
        "country": countries[people.country[person]],
        "city": np.where(people.country[person] == 0, "Hamburg", "(not set)"),
        "params_json": _params(company, found, steps),
    }


def _params(company: Company, found: Visits, steps: Steps) -> Array:
    """Return what the tag manager's own variables say, as JSON; null for most."""
    value = company.chance.below("ga4 price", 400, found.key) + 29
    out = np.full(len(steps.visit), None)
    chosen = ("generate_lead", "booking_completed", "booking_cancelled", "purchase", "form_start")
    for row in np.flatnonzero(np.isin(steps.event, chosen)).tolist():
        visit, event = int(steps.visit[row]), str(steps.event[row])
        if event == "purchase":
            said: dict[str, object] = {
                "transaction_id": f"T-{found.key[visit] % 10**9}",
                "value": int(value[visit]),
                "currency": "EUR",
            }
        elif event in {"generate_lead", "form_start"}:
            said = {"form_id": "leitfaden", "form_name": "Leitfaden Bewertungen"}
        elif found.kind[visit] == visited.CALENDAR:
            said = {"booking_system": "calendly", "booking_id": str(found.booking[visit])}
        else:
            said = {"booking_system": "rueckruf", "booking_id": str(found.booking[visit])}
            if event == "booking_completed":
                starts = np.datetime64(int(found.starts[visit]), "s")
                said |= {
                    "booking_type": "Rückruf",
                    "booking_start": f"{starts}Z",
                    "booking_minutes": visited.CALLBACK_SECONDS // 60,
                    "booking_channel": "phone",
                }
        out[row] = cells.as_json(said)
    return out


def identify(company: Company, notes: Notes) -> None:
    """Note the cookies that are seen on the guide, and those with a login."""
    found, steps, moment = _arrived(company)
    visit = steps.visit
    person = found.person[visit]
    cookie = _cookies(company, person, found.slot[visit])
    named = found.consent[visit] != DENIED
    own = named & np.isin(found.kind[visit], visited.GUIDE_KINDS)
    notes.node(COOKIE, cookie[own], person[own])
    user = _users(company, found, steps)
    logs_in = named & (user != "") & (user != "undefined")
    notes.link(
        (COOKIE, cookie[logs_in]),
        (USER, user[logs_in]),
        person[logs_in],
        "ga4",
        moment[logs_in] // 1000 + found.delay_ms[visit[logs_in]],
    )


def touches(company: Company) -> Iterator[tuple[tuple[str, str], Array, Array, Array, int]]:
    """Yield when the guide's visits began, what was sent there, and when callbacks were held."""
    found, steps, moment = _arrived(company)
    visit, second = steps.visit, moment / MICROS
    guide = (found.consent[visit] != DENIED) & np.isin(found.kind[visit], visited.GUIDE_KINDS)
    calls = guide & (steps.event == "booking_completed")
    known = found.booking[visit[calls]]
    off = guide & (steps.event == "booking_cancelled") & np.isin(found.booking[visit], known)
    is_off = np.isin(known, found.booking[visit[off]])
    starts = found.starts[visit[calls]]
    held = ~is_off & (starts + visited.CALLBACK_SECONDS < company.world.now)
    begins = guide & np.isin(steps.event, ("session_start", "generate_lead"))
    for rows, at, act in (
        (np.flatnonzero(begins), second[begins], acts.INFORM),
        (np.flatnonzero(calls), second[calls], acts.CHOOSE),
        (np.flatnonzero(off), second[off], acts.NOTHING),
        (np.flatnonzero(calls)[held], starts[held].astype(float), acts.CHOOSE),
    ):
        person = found.person[visit[rows]]
        yield COOKIE, _cookies(company, person, found.slot[visit[rows]]), person, at, act
