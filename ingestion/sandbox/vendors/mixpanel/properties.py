"""The properties of events, put together from texts that are written once per kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.sandbox.company import names, tables, visits
from ingestion.sandbox.company.persons import ANDROID, CHANNELS, WEB
from ingestion.sandbox.company.steps import PAID, RENEWED, SIGNED_UP, SLOW, STEPS

if TYPE_CHECKING:
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.persons import People
    from ingestion.sandbox.company.steps import Step, Walk
    from ingestion.sandbox.company.visits import Visits

SITE = "https://nordlicht.example"
_PLACES = [(known, city) for known in names.COUNTRIES for city in known.cities]
_MARKS = {  # how each channel marks a first page view
    "paid_search": ("google", "cpc", "bewertungen-suche", "https://www.google.com/"),
    "organic_search": ("", "", "", "https://www.google.com/"),
    "paid_social": ("facebook", "paid_social", "mehr-sterne", "https://www.facebook.com/"),
    "social": ("", "", "", "https://www.instagram.com/"),
    "email": ("newsletter", "email", "nordlicht-brief", ""),
    "referral": ("", "", "", "https://fachportal.example/anbieter"),
    "direct": ("", "", "", ""),
}
_BROWSERS = (
    ("Chrome", 126, "Windows"), ("Chrome", 126, "Mac OS X"), ("Firefox", 127, "Windows"),
    ("Safari", 17, "Mac OS X"), ("Edge", 126, "Windows"), ("Firefox", 127, "Linux"),
)  # fmt: skip


def texts(
    people: People,
    visited: Visits,
    walk: Walk,
    kind: Array,
    has_device: Array,
    chance: Chance,
) -> pa.Array:
    """Return each event's properties as JSON text."""
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


def _marks(people: People, visited: Visits, walk: Walk, shows_page: Array, chance: Chance) -> Array:
    """Return how the first page of a visit was reached, as a position in _MARK_TEXTS."""
    script = visited.script
    channel = visits.reached_by(people, visited, chance)
    first = shows_page & (walk.place == 0) & (walk.code < SIGNED_UP)
    first &= np.isin(script[walk.visit], (visits.ARRIVE, visits.BROWSE))
    return np.where(first, channel[walk.visit], len(CHANNELS))


def _measures(visited: Visits, walk: Walk, chance: Chance) -> pa.Array:
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
