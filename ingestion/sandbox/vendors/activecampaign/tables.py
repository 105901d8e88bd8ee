"""ActiveCampaign: contacts, lists, campaigns and what each contact did with each mail.

Only ActiveCampaign knows who clicked in a mail or unsubscribed and, by a tag, who booked a call. Sent and
opened mails do not count as touchpoints: the company sends mails, and programs often open them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.sandbox.company import acts, mailing
from ingestion.sandbox.company.notes import EMAIL, PHONE, normal
from ingestion.sandbox.vendors.activecampaign import hooks, records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.sandbox.company.draws import Array
    from ingestion.sandbox.company.notes import Notes
    from ingestion.sandbox.company.tables import Columns
    from ingestion.sandbox.whole import Company

CONTACT = ("mailing_contact_id", "activecampaign")
IDENTIFIERS = ((*CONTACT, True),)


def tables(company: Company) -> Iterator[tuple[str, Columns]]:
    """Yield the tool's tables."""
    found = records.mailing_of(company)
    for name, columns in records.build(found).items():
        yield f"activecampaign/{name}", columns
    yield "activecampaign/webhooks", hooks.build(found)


def identify(company: Company, notes: Notes) -> None:
    """Note every contact's address and telephone number."""
    listed = mailing.contacts(company.world, company.people, company.chance)
    here = listed.here(company.world.now)
    person, ids, since = listed.person[here], listed.ids[here], listed.created[here] * 1000
    notes.link((CONTACT, ids), (EMAIL, normal(listed.email[here])), person, CONTACT[1], since)
    has, phone = listed.phone[here] != "", listed.phone[here]
    notes.link((CONTACT, ids[has]), (PHONE, phone[has]), person[has], CONTACT[1], since[has])


def touches(company: Company) -> Iterator[tuple[tuple[str, str], Array, Array, Array, int]]:
    """Yield the first click on each link of each mail, the unsubscriptions and the bookings."""
    found = records.mailing_of(company)
    listed, kept = found.listed, found.kept
    row, moment = records.bookings(found)
    yield CONTACT, listed.ids[row], listed.person[row], moment, acts.CHOOSE
    clicks = [(moments, acts.INFORM) for moments in kept.clicked.T]
    for moments, act in (*clicks, (kept.unsubscribed, acts.NOTHING)):
        did = moments < company.world.now
        row = kept.contact[did]
        yield CONTACT, listed.ids[row], listed.person[row], moments[did], act
