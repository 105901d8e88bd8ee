"""Who lives in the world: when people arrive, what happens to them, and how they can be known.

A person is a number in order of arrival, and everything else is drawn for that number. So a later today
adds people and leaves the earlier ones unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import names, tables
from ingestion.sandbox.company.clock import waking
from ingestion.sandbox.company.draws import DAY, NEVER

if TYPE_CHECKING:
    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.draws import Array, Chance

KINDS = ("anonymous", "lead", "founder", "colleague", "staff", "tester", "bot")
ANONYMOUS, LEAD, FOUNDER, COLLEAGUE, STAFF, TESTER, BOT = range(len(KINDS))
_KIND_WEIGHTS = [45.0, 9.0, 20.0, 24.0, 0.8, 0.6, 0.6]
CHANNELS = (
    "paid_search", "organic_search", "paid_social", "social", "email", "referral", "direct",
)  # fmt: skip
_CHANNEL_WEIGHTS = [20.0, 25.0, 12.0, 8.0, 6.0, 12.0, 17.0]
SIZES = ("small", "medium", "large")
_SIZE_WEIGHTS = [58.0, 29.0, 13.0]
MAX_DEVICES = 4
_GROWTH = 0.85  # below 1: more people come each month
_SHARING_COLLEAGUES = 0.075
_SECOND_EMAIL, _MERGED, _TYPO = 0.1, 0.024, 0.02
WEB, IOS, ANDROID = range(3)


@dataclass
class People:
    """All persons who have come by now; arrays by person, accounts by number of founding."""

    count: int
    ids: Array  # text: the truth's own
    kind: Array
    arrived: Array
    signed_up: Array  # NEVER for who does not
    country: Array
    channel: Array
    account: Array  # -1: none
    founder: Array  # by account: its person
    size: Array  # by account: the confounder
    account_name: Array
    account_domain: Array  # "" for those who write from free-mail addresses
    first_name: Array
    last_name: Array
    email: Array
    second_email: Array  # "" for most
    typo_email: Array  # "" for most: the address as somebody mistyped it
    phone: Array  # E.164
    user_id: Array
    is_merged: Array  # was twice in the CRM
    device_count: Array
    device_kind: Array  # by person and slot
    shares_since: Array  # by person: uses the account's shared device from then on
    shared_since: Array  # by account

    @property
    def index(self) -> Array:
        """The persons' numbers."""
        return np.arange(self.count)

    @property
    def has_account(self) -> Array:
        """Whether somebody belongs to an account."""
        return self.account >= 0

    @property
    def language(self) -> Array:
        """Everybody's language: de or en."""
        return np.array([country.language for country in names.COUNTRIES])[self.country]


def simulate(world: World, chance: Chance) -> People:
    """Let everybody arrive who has done so by the world's now."""
    arrived = _arrivals(world, chance)
    i = np.arange(len(arrived))
    kind = chance.pick("kind", _KIND_WEIGHTS, i)
    is_founder = kind == FOUNDER
    founded_before = np.cumsum(is_founder) - is_founder
    kind = np.where((kind == COLLEAGUE) & (founded_before == 0), LEAD, kind)
    founder = np.flatnonzero(is_founder)
    a = np.arange(len(founder))
    size = chance.pick("size", _SIZE_WEIGHTS, a)
    account = np.where(is_founder, founded_before, -1)
    colleague = np.flatnonzero(kind == COLLEAGUE)
    account[colleague] = _employers(chance, colleague, founded_before[colleague], size)
    country = chance.pick("country", [country.weight for country in names.COUNTRIES], i)
    country = np.where(account >= 0, country[founder[account]] if len(founder) else 0, country)
    signed_up = _sign_ups(chance, kind, arrived, account, founder)
    domain, account_name = _companies(chance, a, size)
    first, last = _called(chance, i, country)
    email = _addresses(chance, kind, country, account, domain, first, last)
    shares = np.flatnonzero(
        (kind == COLLEAGUE) & (chance.uniform("shares", i) < _SHARING_COLLEAGUES)
    )
    shares_since = np.full(len(i), NEVER)
    shares_since[shares] = signed_up[shares]
    shared_since = np.full(len(founder), NEVER)
    np.minimum.at(shared_since, account[shares], shares_since[shares])
    shares_since[founder] = shared_since
    known = (kind != ANONYMOUS) & (kind != BOT)
    return People(
        count=len(i),
        ids=tables.prefixed("p_", chance, "truth person", i, chars=16),
        kind=kind,
        arrived=arrived,
        signed_up=signed_up,
        country=country,
        channel=chance.pick("channel", _CHANNEL_WEIGHTS, i),
        account=account,
        founder=founder,
        size=size,
        account_name=account_name,
        account_domain=domain,
        first_name=first,
        last_name=last,
        email=email,
        second_email=_second(chance, known, country, first, last),
        typo_email=np.where(
            known & (chance.uniform("typo", i) < _TYPO), _mistyped(chance, email), ""
        ),
        phone=_phones(chance, i, country),
        user_id=tables.prefixed("usr_", chance, "product user", i, chars=14),
        is_merged=known & (kind < STAFF) & (chance.uniform("merged", i) < _MERGED),
        device_count=1 + chance.pick("devices", [46, 35, 14, 5], i),
        device_kind=_device_kinds(chance, i),
        shares_since=shares_since,
        shared_since=shared_since,
    )


def _arrivals(world: World, chance: Chance) -> Array:
    elapsed = (world.now - world.begin) / world.rated_seconds
    most = int(world.customers * elapsed ** (1 / _GROWTH)) + 2
    i = np.arange(most)
    share = ((i + chance.uniform("arrival", i)) / world.customers) ** _GROWTH
    moment = (world.begin + share * world.rated_seconds).astype(np.int64)
    awake = np.maximum(waking(moment), moment // DAY * DAY)
    return np.asarray(awake[awake < world.now])


def _employers(chance: Chance, who: Array, founded: Array, size: Array) -> Array:
    # of two recent accounts the larger one hires
    chosen = []
    for name in ("employer", "other employer"):
        back = -np.log1p(-chance.uniform(name, who)) * np.maximum(2, founded * 0.3)
        chosen.append(founded - 1 - back.astype(np.int64) % founded)
    first, second = chosen
    return np.where(size[second] > size[first], second, first)


def _sign_ups(chance: Chance, kind: Array, arrived: Array, account: Array, founder: Array) -> Array:
    i = np.arange(len(kind))
    wait = np.exp(np.log(4 * DAY) + 1.1 * chance.normal("sign-up wait", i))
    signed_up = np.where(
        (kind == FOUNDER) | ((kind == LEAD) & (chance.uniform("lead signs up", i) < 0.55)),
        _later(arrived, wait),
        NEVER,
    )
    # a colleague is invited: soon after they came, but not before there is an account
    opened = np.where(account >= 0, signed_up[founder[account]] if len(founder) else 0, 0)
    invited = _later(np.maximum(arrived, opened), wait / 3)
    signed_up = np.where(kind == COLLEAGUE, invited, signed_up)
    inside = (kind == STAFF) | (kind == TESTER)
    return np.where(inside, arrived + 600, signed_up)


def _later(moment: Array, wait: Array) -> Array:
    rough = (moment + wait).astype(np.int64)
    return np.asarray(np.maximum(waking(rough), moment + 300))


def _companies(chance: Chance, a: Array, size: Array) -> tuple[Array, Array]:
    words, trades = np.array(names.COMPANY_WORDS), np.array(names.COMPANY_TRADES)
    word = words[chance.below("company word", len(words), a)]
    trade = trades[chance.below("company trade", len(trades), a)]
    plain = np.array([names.plain(f"{w}{t}") for w, t in zip(word, trade, strict=True)], dtype="U")
    name = np.array([f"{w}{t.lower()}" for w, t in zip(word, trade, strict=True)], dtype="U")
    legal = np.array([" GmbH", " KG", "", " AG"])[chance.pick("legal form", [5, 2, 3, 1], a)]
    has_domain = chance.uniform("own domain", a) < np.array([0.7, 0.95, 1.0])[size]
    domain = np.where(has_domain, tables.told_apart(plain, ".example"), "")
    return domain, np.char.add(name, legal) if len(a) else name


def _called(chance: Chance, i: Array, country: Array) -> tuple[Array, Array]:
    first, last = np.empty(len(i), dtype="U24"), np.empty(len(i), dtype="U24")
    for number, known in enumerate(names.COUNTRIES):
        here = np.flatnonzero(country == number)
        given, family = names.first_and_last_names(known.locale)
        first[here] = given[chance.below("first name", len(given), here)]
        last[here] = family[chance.below("last name", len(family), here)]
    return first, last


def _spelled(values: Array) -> Array:
    unique, back = np.unique(values, return_inverse=True)
    return np.array([names.plain(str(value)) or "x" for value in unique], dtype="U24")[back]


def _free_mail(chance: Chance, name: str, i: Array, country: Array) -> Array:
    hosts = np.array([(known.free_mail * 5)[:5] for known in names.COUNTRIES])
    return hosts[country, chance.below(name, hosts.shape[1], i)]


def _addresses(
    chance: Chance,
    kind: Array,
    country: Array,
    account: Array,
    domain: Array,
    first: Array,
    last: Array,
) -> Array:
    i = np.arange(len(kind))
    given, family = _spelled(first), _spelled(last)
    full = np.char.add(np.char.add(given, "."), family)
    short = np.char.add(np.char.add(given.astype("U1"), "."), family)
    style = chance.pick("address style", [6, 2, 2], i)
    local = np.select([style == 0, style == 1], [full, short], given)
    year = (chance.below("address year", 60, i) + 1950).astype("U4")
    private = np.char.add(np.where(style == 1, full, local), year)
    own = np.where(account >= 0, domain[account] if len(domain) else "", "")
    inside = (kind == STAFF) | (kind == TESTER)
    own = np.where(inside, names.INTERNAL_DOMAIN, own)
    local = np.where(kind == TESTER, np.char.add("test", year), local)
    host = np.where(own != "", own, _free_mail(chance, "free mail", i, country))
    local = np.where(own != "", local, private)
    at = np.char.add(np.char.add(local, "@"), host)
    # the second of one name at one company gets a number
    marks = tables.repeats(at)
    local = np.where(marks > 0, np.char.add(local, (marks + 1).astype("U8")), local)
    return np.char.add(np.char.add(local, "@"), host)


def _second(chance: Chance, known: Array, country: Array, first: Array, last: Array) -> Array:
    i = np.arange(len(known))
    given, family = _spelled(first), _spelled(last)
    local = np.char.add(np.char.add(family, "."), given)
    local = np.char.add(local, (chance.below("second number", 900, i) + 100).astype("U3"))
    host = _free_mail(chance, "second mail", i, country)
    full = np.char.add(np.char.add(tables.told_apart(local), "@"), host)
    return np.where(known & (chance.uniform("second email", i) < _SECOND_EMAIL), full, "")


def _mistyped(chance: Chance, email: Array) -> Array:
    swapped = []
    for address, u in zip(
        email.tolist(), chance.uniform("typo place", np.arange(len(email))).tolist(), strict=True
    ):
        local, _, host = address.partition("@")
        place = int(u * (len(local) - 1))
        pair = local[place : place + 2]
        wrong = local[:place] + pair[::-1] + local[place + 2 :] if pair != pair[::-1] else local
        swapped.append(f"{wrong if wrong != local else local + local[-1:]}@{host}")
    return np.array(swapped, dtype="U80")


def _phones(chance: Chance, i: Array, country: Array) -> Array:
    prefix = np.array([known.mobile for known in names.COUNTRIES])[country]
    width = np.array([known.digits for known in names.COUNTRIES])[country]
    number = chance.below("phone", 10**8, i) % 10**width
    padded = np.char.zfill(number.astype("U8"), 8)
    rest = np.array([text[-w:] for text, w in zip(padded.tolist(), width.tolist(), strict=True)])
    drawn = np.char.add(prefix, rest.astype("U8")) if len(i) else prefix
    # a number given twice stays with the first; the other says none
    return np.where(tables.repeats(drawn) > 0, "", drawn)


def _device_kinds(chance: Chance, i: Array) -> Array:
    slots = [np.zeros(len(i), dtype=np.int64)]  # the first is a browser: everybody comes by it
    slots += [
        chance.pick("device kind", [5, 3, 2], i, np.full(len(i), slot))
        for slot in range(1, MAX_DEVICES)
    ]
    return np.stack(slots, axis=1)
