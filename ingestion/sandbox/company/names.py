"""What people, companies and places are called: word lists that the draws pick from."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

import numpy as np

_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "ç": "c", "ñ": "n", "ł": "l"}
)


class Country(NamedTuple):
    """A country, its share of the visitors and how its people are named and called."""

    code: str
    name: str
    weight: float
    locale: str
    language: str
    cities: tuple[str, ...]
    mobile: str  # country code and a mobile prefix
    digits: int  # how many follow it
    tax: float
    free_mail: tuple[str, ...]


COUNTRIES = (
    Country(
        "DE", "Germany", 58, "de_DE", "de",
        ("Hamburg", "Berlin", "München", "Köln", "Leipzig", "Stuttgart", "Kiel", "Nürnberg"),
        "+49151", 8, 0.19, ("gmx.de", "web.de", "gmail.com", "t-online.de", "outlook.de"),
    ),
    Country(
        "AT", "Austria", 11, "de_AT", "de", ("Wien", "Graz", "Linz", "Salzburg", "Innsbruck"),
        "+43664", 7, 0.20, ("gmx.at", "gmail.com", "aon.at", "outlook.com"),
    ),
    Country(
        "CH", "Switzerland", 11, "de_CH", "de", ("Zürich", "Bern", "Basel", "Luzern", "Genève"),
        "+4179", 7, 0.0, ("bluewin.ch", "gmail.com", "gmx.ch", "outlook.com"),
    ),
    Country(
        "NL", "Netherlands", 5, "nl_NL", "en", ("Amsterdam", "Utrecht", "Rotterdam"),
        "+3161", 7, 0.0, ("gmail.com", "ziggo.nl", "outlook.com"),
    ),
    Country(
        "FR", "France", 4, "fr_FR", "en", ("Paris", "Lyon", "Strasbourg"),
        "+3361", 7, 0.0, ("gmail.com", "orange.fr", "free.fr"),
    ),
    Country(
        "GB", "United Kingdom", 5, "en_GB", "en", ("London", "Leeds", "Bristol"),
        "+447400", 6, 0.0, ("gmail.com", "outlook.com", "yahoo.co.uk"),
    ),
    Country(
        "IT", "Italy", 3, "it_IT", "en", ("Bolzano", "Milano", "Verona"),
        "+39320", 7, 0.0, ("gmail.com", "libero.it", "outlook.com"),
    ),
    Country(
        "US", "United States", 3, "en_US", "en", ("Austin", "Portland", "Boston"),
        "+1512555", 4, 0.0, ("gmail.com", "yahoo.com", "icloud.com"),
    ),
)  # fmt: skip

COMPANY_WORDS = (
    "Alpen", "Anker", "Bach", "Berg", "Birken", "Blau", "Boden", "Brücken", "Dorf", "Eichen",
    "Elb", "Falken", "Feld", "Fjord", "Fluss", "Förde", "Garten", "Gipfel", "Glas", "Grün",
    "Hafen", "Heide", "Hirsch", "Hof", "Insel", "Kiefern", "Kirsch", "Klee", "Kranich", "Küsten",
    "Leucht", "Linden", "Luft", "Markt", "Meer", "Mohn", "Mond", "Moor", "Mühlen", "Nebel",
    "Neckar", "Nord", "Ost", "Park", "Quell", "Regen", "Rhein", "Rosen", "Sand", "Schiff",
    "See", "Silber", "Sonnen", "Spree", "Stadt", "Stein", "Stern", "Storch", "Strand", "Süd",
    "Tal", "Tannen", "Turm", "Ufer", "Wald", "Weser", "West", "Wiesen", "Wind", "Winter",
)  # fmt: skip
COMPANY_TRADES = (
    "Apotheke", "Autohaus", "Backhaus", "Bäckerei", "Brauerei", "Buchhandlung", "Café", "Camping",
    "Dental", "Elektro", "Fahrrad", "Fitness", "Floristik", "Friseur", "Gasthof", "Hotel",
    "Immobilien", "Juwelier", "Kanzlei", "Klinik", "Küchen", "Logistik", "Markisen", "Möbel",
    "Optik", "Pension", "Physio", "Reisen", "Sanitär", "Software", "Spedition", "Sport",
    "Steuerberatung", "Tischlerei", "Touristik", "Versand", "Weinhandel", "Werkstatt", "Yoga",
    "Zahnarzt",
)  # fmt: skip
INDUSTRIES = ("RETAIL", "HOSPITALITY", "HEALTH_WELLNESS_AND_FITNESS", "LEGAL_SERVICES", "OTHER")
ROLE_MAILBOXES = ("info", "office", "kontakt", "buchhaltung", "team")
BOT_NAME = "Nordlicht Assistent"
INTERNAL_DOMAIN = "nordlicht.example"
# what forms, scripts and tired people leave where an identifier belongs
JUNK_EMAILS = ("test@test.com", "undefined", "null", "n/a", "none@none.com")
JUNK_IDS = ("undefined", "null", "00000000-0000-0000-0000-000000000000", "none", "0")
AGENTS = ("Mara Petersen", "Jonas Wolter", "Aylin Demir", "Henrik Thomsen", "Sophie Gruber")


def first_and_last_names(locale: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the given names and family names of a locale, each once, in a fixed order."""
    provider = import_module(f"faker.providers.person.{locale}").Provider
    male, female = provider.first_names_male, provider.first_names_female
    first = sorted({str(name) for name in [*male, *female] if " " not in name})
    last = sorted({str(name) for name in provider.last_names if " " not in name})
    return np.array(first), np.array(last)


def plain(text: str) -> str:
    """Write a name with the letters of an e-mail address."""
    spelled = text.lower().translate(_UMLAUTS)
    return "".join(letter for letter in spelled if letter.isascii() and letter.isalnum())
