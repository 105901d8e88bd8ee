"""Who is who: every identifier that some system shows, whose it is, and what records tie together.

Only what the systems show by now counts. Identifiers that two persons share tie nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ingestion.sandbox import vendors
from ingestion.sandbox.company import names, tables, visits
from ingestion.sandbox.company.draws import NEVER
from ingestion.sandbox.company.notes import (
    CONTACT,
    DEVICE,
    EMAIL,
    PHONE,
    USER,
    VISITOR,
    Notes,
    is_role,
    normal,
)
from ingestion.sandbox.vendors.mixpanel import profiles

if TYPE_CHECKING:
    from ingestion.sandbox.company.draws import Array
    from ingestion.sandbox.whole import Company

# type, namespace, whether one of them alone tells who somebody is
_KINDS = (
    ("device_id", "mixpanel", False),
    ("user_id", "mixpanel", True),
    ("email", "global", True),
    ("phone", "global", True),
    ("crm_contact_id", "hubspot", True),
    ("chat_visitor_id", "tawk", False),
    *(kind for system in vendors.systems() for kind in getattr(system, "IDENTIFIERS", ())),
)
KINDS = tuple((name, namespace) for name, namespace, _ in _KINDS)
NOBODY = -1
_IDENTIFYING = [number for number, (*_, is_identifying) in enumerate(_KINDS) if is_identifying]


class Identifiers(NamedTuple):
    """One row per identifier and owner, each once; the links are rows of the same."""

    kind: Array
    value: Array
    person: Array  # NOBODY for junk
    is_shared: Array
    component: Array  # NOBODY for junk and for what is shared
    left: Array  # of the links: positions
    right: Array
    source: Array
    visible_ms: Array

    def component_of(self, kind: int | tuple[str, str], value: Array, person: Array) -> Array:
        """Return the components of some persons' identifiers, NOBODY where it is not known."""
        number = kind if isinstance(kind, int) else KINDS.index(kind)
        mine = np.flatnonzero((self.kind == number) & (self.person != NOBODY))
        places = {
            (int(self.person[row]), str(self.value[row])): int(self.component[row])
            for row in mine.tolist()
        }
        return np.array(
            [
                places.get((who, text), NOBODY)
                for who, text in zip(person.tolist(), value.tolist(), strict=True)
            ],
            dtype=np.int64,
        )

    def is_identified(self, count: int) -> Array:
        """Tell of which persons some system knows a name, e-mail or user id."""
        known = np.zeros(count, dtype=bool)
        rows = np.isin(self.kind, _IDENTIFYING) & (self.person != NOBODY)
        known[self.person[rows]] = True
        return known


def identify(company: Company) -> Identifiers:
    """Collect all identifiers and tie them."""
    notes = Notes(KINDS)
    _from_visits(company, notes)
    _from_profiles(company, notes)
    _from_contacts(company, notes)
    _from_chats(company, notes)
    listed = company.customers
    who = np.where(listed.tester >= 0, listed.tester, _founders(company)[listed.account])
    email = normal(listed.email)
    own = (email != "") & ~is_role(email) & ~np.isin(email, names.JUNK_EMAILS)
    notes.node(EMAIL, email[own], who[own])
    requester = company.offline.talks.person
    notes.node(EMAIL, normal(company.people.email[requester]), requester)
    for system in vendors.systems():
        if hasattr(system, "identify"):
            system.identify(company, notes)
    return _tied(notes)


def _founders(company: Company) -> Array:
    return company.people.founder if company.accounts.count else np.full(1, NOBODY)


def _from_visits(company: Company, notes: Notes) -> None:
    now, people, visited = company.world.now_ms, company.people, company.visits
    begin = visited.time * 1000
    signs = visited.script == visits.SIGN_UP
    shown = begin + visited.delay_ms < now
    on_device = shown & (visited.slot <= visits.SHARED_SLOT) & ~visited.has_junk_device
    shared = visited.slot == visits.SHARED_SLOT
    for is_shared in (False, True):
        mine = on_device & (shared == is_shared)
        person, slot = np.divmod(np.unique(visited.person[mine] * 8 + visited.slot[mine]), 8)
        value = company.links.devices[person, slot].astype("U36")
        notes.node(DEVICE, value, person, shared=is_shared)
    named_at = begin + np.where(signs, visits.SIGN_UP_SECONDS * 1000, 0) + visited.delay_ms
    named = (visited.has_user | signs) & ~visited.has_junk_user & (named_at < now)
    user = np.unique(visited.person[named])
    notes.node(USER, people.user_id[user], user)
    logs_in = named & (visited.slot < visits.SHARED_SLOT) & ~visited.has_junk_device
    first = np.full((people.count, visits.SHARED_SLOT), NEVER)
    np.minimum.at(first, (visited.person[logs_in], visited.slot[logs_in]), named_at[logs_in])
    person, slot = np.nonzero(first < NEVER)
    notes.link(
        (DEVICE, company.links.devices[person, slot].astype("U36")),
        (USER, people.user_id[person]),
        person,
        "mixpanel",
        first[person, slot],
    )


def _from_profiles(company: Company, notes: Notes) -> None:
    people = company.people
    user = profiles.users(company.world, people)
    email, is_junk = profiles.emails(people, user, company.chance)
    notes.node(USER, people.user_id[user], user)
    user, email = user[~is_junk], email[~is_junk]
    notes.link(
        (USER, people.user_id[user]),
        (EMAIL, normal(email)),
        user,
        "mixpanel",
        people.signed_up[user] * 1000 + 2000,
    )


def _from_contacts(company: Company, notes: Notes) -> None:
    contacts, now = company.contacts, company.world.now
    rows = contacts.at(now)
    person, ids, since = contacts.person, contacts.ids, contacts.created * 1000
    notes.node(CONTACT, ids[rows], person[rows])
    email = normal(contacts.email)
    role = is_role(email)
    merged = rows[(contacts.twin[rows] >= 0) & (contacts.merged[rows] < now)]
    twin, merged_ms = contacts.twin[merged], contacts.merged[merged] * 1000
    known = rows[(email[rows] != "") & ~contacts.is_junk_email[rows]]
    offices, own = known[role[known]], known[~role[known]]
    notes.node(EMAIL, email[offices], person[offices], shared=True)
    users = rows[(contacts.user_id[rows] != "") & ~contacts.is_junk_user[rows]]
    phones = rows[contacts.phone[rows] != ""]
    more = rows[contacts.second_email[rows] != ""]
    for row, right, moment in (
        (own, (EMAIL, email[own]), since[own]),
        (users, (USER, contacts.user_id[users]), since[users]),
        (phones, (PHONE, contacts.phone[phones]), since[phones]),
        (more, (EMAIL, normal(contacts.second_email[more])), since[more]),
        (merged, (CONTACT, ids[twin]), merged_ms),
        (merged, (EMAIL, email[twin]), merged_ms),
    ):
        notes.link((CONTACT, ids[row]), right, person[row], "hubspot", moment)


def _from_chats(company: Company, notes: Notes) -> None:
    chats = company.chats
    kept = ~chats.is_deleted
    person = chats.talks.person[kept]
    visitor, email = chats.told.visitor_id[kept], normal(chats.told.email[kept])
    notes.node(VISITOR, visitor, person)
    says = (email != "") & ~chats.told.is_junk[kept]
    role = is_role(email)
    notes.node(EMAIL, email[says & role], person[says & role], shared=True)
    own = says & ~role
    notes.link(
        (VISITOR, visitor[own]),
        (EMAIL, email[own]),
        person[own],
        "tawk",
        chats.talks.asked_ms[kept][own],
    )


def _tied(notes: Notes) -> Identifiers:
    kind = np.concatenate([np.full(len(value), kind) for kind, value, _, _ in notes.nodes])
    value = np.concatenate([value for _, value, _, _ in notes.nodes]).astype("U90")
    person = np.concatenate([person for _, _, person, _ in notes.nodes])
    shared = np.concatenate([np.full(len(value), shared) for _, value, _, shared in notes.nodes])
    texts, text = np.unique(value, return_inverse=True)
    packed = (person.astype(np.int64) * len(KINDS) + kind) * len(texts) + text
    keys, first, back = np.unique(packed, return_index=True, return_inverse=True)
    is_shared = np.zeros(len(keys), dtype=bool)
    np.logical_or.at(is_shared, back, shared)
    kind, value, person = kind[first], value[first], person[first]

    def places(kinds: Array, values: Array, persons: Array) -> Array:
        codes = (persons.astype(np.int64) * len(KINDS) + kinds) * len(texts)
        return np.searchsorted(keys, codes + np.searchsorted(texts, values))

    left = _joined(places(np.full(len(p), a), x, p) for a, x, _, _, p, _, _ in notes.links)
    right = _joined(places(np.full(len(p), b), y, p) for _, _, b, y, p, _, _ in notes.links)
    source = np.concatenate([np.full(len(p), s) for _, _, _, _, p, s, _ in notes.links])
    visible = _joined(since for *_, since in notes.links)
    _, labels = connected_components(
        coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(len(keys),) * 2),
        directed=False,
    )
    component = np.where(is_shared, NOBODY, labels)
    order = np.lexsort((visible, right, left))
    left, right, source, visible = left[order], right[order], source[order], visible[order]
    once = np.r_[True, (left[1:] != left[:-1]) | (right[1:] != right[:-1])][: len(left)]
    return Identifiers(
        kind=kind,
        value=value,
        person=person,
        is_shared=is_shared,
        component=component,
        left=left[once],
        right=right[once],
        source=source[once],
        visible_ms=visible[once],
    )


def _joined(parts: Any) -> Array:
    return np.concatenate(list(parts))


def component_names(company: Company, found: Identifiers, component: Array) -> Array:
    """Return the names of components: their person's, numbered; None for NOBODY."""
    owner = np.zeros(found.component.max(initial=0) + 1, dtype=np.int64)
    mine = found.component != NOBODY
    owner[found.component[mine]] = found.person[mine]
    label = np.array(
        [f"{company.people.ids[owner[number]]}-{number}" for number in range(len(owner))],
        dtype=object,
    )
    return tables.unless(component == NOBODY, label[np.maximum(component, 0)])
