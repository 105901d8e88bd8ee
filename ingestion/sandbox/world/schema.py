"""The tables of a world, one Parquet file each: what the routers serve and what the truth says.

Files lie under the sandbox folder, named as here (`mixpanel/events` is one file per month of the
event's UTC time: `mixpanel/events-2025-03.parquet`). They show each system's state at the world's
now (midnight UTC at the start of `until`), and nothing later:

- a record that has not reached its system yet, was deleted, or was merged into another is absent;
- a moment that lies ahead (a closing date, a link) is null. The one exception: activities and
  subscription ends that were scheduled in time keep their future date.

So a router filters by what the client asks for and never by the clock. Columns ending in `_s` are
seconds and in `_ms` milliseconds since 1970 in UTC; `_cents` are minor units; `_json` is JSON text
in the vendor's own form, to be embedded as it is. Money is in EUR.

Systems whose tables are not listed here are described under `schemas/`.

Truth tables (`truth_*`) are opened by tests and benchmarks alone. Their identifiers are written as
Kette normalises them: `identifier_type`, `namespace`, `value`.
"""

from __future__ import annotations

import pyarrow as pa

from ingestion.sandbox.world import schemas
from ingestion.sandbox.world.schemas import BOOL, INT, REAL, TEXT

CURRENCY = "EUR"
ACQUISITION_IDLE_DAYS = 90  # an acquisition journey without a touch for this long is abandoned
SUPPORT_IDLE_HOURS = 72  # conversations closer than this belong to one support journey
FACTOR_WINDOW_DAYS = 30  # what happened this long after the first payment explains retention
BOT_NAME = "Nordlicht Assistent"

VENDOR_TABLES: dict[str, dict[str, pa.DataType]] = {
    # One row per stored event, sorted by time; exact repeats and repeats of the same insert_id at
    # another time of the same day occur, as the raw export shows them. `distinct_id` is made when
    # it is served: user_id, else linked_user_id (then `$distinct_id_before_identity` is
    # "$device:<device_id>"), else "$device:<device_id>"; without both ids it is "".
    "mixpanel/events": {
        "time_s": INT,  # true UTC
        "arrived_ms": INT,  # when Mixpanel processed it: mp_processing_time_ms
        "event": TEXT,
        "insert_id": TEXT,
        "device_id": TEXT,  # null: the event was sent by a server
        "user_id": TEXT,  # null: nobody was logged in
        "linked_user_id": TEXT,  # whose device Mixpanel knows it to be by now; null: nobody's
        "linked_ms": INT,  # since when: before it the export showed "$device:<device_id>"
        "library": TEXT,  # mp_lib: web, swift, android; null for a server
        "properties_json": TEXT,  # all other properties
    },
    "mixpanel/profiles": {
        "distinct_id": TEXT,  # the product's user id; "$device:<id>" for a few anonymous ones
        "created_ms": INT,
        "updated_ms": INT,  # $last_seen
        "properties_json": TEXT,  # $email, $name, $city, plan …; without $last_seen
    },
    # ------------------------------------------------------------------ ChartMogul
    "chartmogul/plans": {
        "uuid": TEXT,  # pl_…
        "external_id": TEXT,
        "name": TEXT,
        "interval_unit": TEXT,  # month, year
        "interval_count": INT,
        "created_ms": INT,
    },
    "chartmogul/customers": {
        "uuid": TEXT,  # cus_…
        "id": INT,
        "external_id": TEXT,  # the product's billing account id
        "external_ids_json": TEXT,  # its own and those merged into it
        "data_source_uuids_json": TEXT,  # aligned with external_ids
        "name": TEXT,
        "email": TEXT,  # the billing e-mail; null for a few
        "company": TEXT,
        "country": TEXT,  # ISO code
        "city": TEXT,
        "zip": TEXT,
        "website_url": TEXT,
        "status": TEXT,  # Active, Cancelled, Past Due, New Lead
        "created_ms": INT,  # since when it is listed; the listing's order
        "lead_created_s": INT,
        "free_trial_started_s": INT,
        "customer_since_s": INT,  # null for leads
        "mrr_cents": INT,  # now
        "custom_json": TEXT,  # attributes.custom: {"hubspot_company_id": "…", …} on a share
        "tags_json": TEXT,
    },
    "chartmogul/subscriptions": {
        "uuid": TEXT,  # sub_…
        "id": INT,
        "external_id": TEXT,
        "customer_uuid": TEXT,
        "plan_uuid": TEXT,
        "plan_name": TEXT,
        "quantity": INT,
        "mrr_cents": INT,  # 0 once ended
        "status": TEXT,  # active, inactive
        "start_s": INT,
        "end_s": INT,  # null: runs on; may be ahead: a cancellation that is scheduled
        "billing_cycle": TEXT,  # month, year
        "billing_cycle_count": INT,
    },
    # What was agreed, without gaps or overlaps per subscription: the MRR at a moment t is the sum
    # of mrr_cents where from_s <= t < to_s. The metrics endpoints are computed from this table
    # alone, never from activities. Rows begin before now; to_s is null or may be ahead.
    "chartmogul/contracts": {
        "subscription_uuid": TEXT,
        "customer_uuid": TEXT,  # who owns it now
        "plan_uuid": TEXT,
        "plan_external_id": TEXT,
        "country": TEXT,
        "quantity": INT,
        "from_s": INT,
        "to_s": INT,
        "mrr_cents": INT,
    },
    # State of now: one that vanished is absent, one that was recreated has another uuid than
    # before, one of a merged customer carries the surviving customer. Scheduled ones lie ahead.
    "chartmogul/activities": {
        "uuid": TEXT,
        "date_s": INT,
        "created_ms": INT,  # since when it is listed under this uuid
        "type": TEXT,  # new_biz, expansion, contraction, churn, reactivation
        "movement_cents": INT,  # signed
        "mrr_after_cents": INT,  # the customer's MRR after it
        "description": TEXT,
        "customer_uuid": TEXT,
        "customer_external_id": TEXT,
        "customer_name": TEXT,
        "subscription_external_id": TEXT,
        "plan_external_id": TEXT,
    },
    "chartmogul/invoices": {
        "uuid": TEXT,  # inv_…
        "external_id": TEXT,
        "customer_uuid": TEXT,
        "created_ms": INT,
        "date_s": INT,
        "due_s": INT,
        "currency": TEXT,
    },
    "chartmogul/line_items": {
        "invoice_uuid": TEXT,
        "uuid": TEXT,  # li_…
        "external_id": TEXT,
        "type": TEXT,  # subscription, one_time
        "subscription_uuid": TEXT,  # null for one_time
        "subscription_external_id": TEXT,
        "plan_uuid": TEXT,
        "prorated": BOOL,
        "service_period_start_s": INT,
        "service_period_end_s": INT,
        "amount_cents": INT,  # after discounts, tax included
        "quantity": INT,
        "discount_cents": INT,
        "tax_cents": INT,
    },
    "chartmogul/transactions": {
        "invoice_uuid": TEXT,
        "uuid": TEXT,  # tr_…
        "external_id": TEXT,
        "type": TEXT,  # payment, refund
        "date_s": INT,
        "result": TEXT,  # successful, failed
        "amount_cents": INT,
    },
    # ------------------------------------------------------------------ tawk.to
    "tawk/agents": {"agent_id": TEXT, "name": TEXT, "is_bot": BOOL},
    "tawk/chats": {
        "chat_id": TEXT,
        "person_id": TEXT,  # the visitor; REST only, a webhook does not tell it
        "created_ms": INT,
        "updated_ms": INT,  # last message, or the deletion
        "is_deleted": BOOL,  # the REST flag
        "visitor_name": TEXT,  # V1754041937019 for who did not say
        "visitor_email": TEXT,
        "visitor_city": TEXT,  # or the literal "unknown"
        "visitor_country": TEXT,
        "domain": TEXT,
        "referrer": TEXT,  # null: none
        "page_url": TEXT,
        "page_title": TEXT,
        "tags_json": TEXT,
    },
    "tawk/messages": {
        "chat_id": TEXT,
        "sequence": INT,  # from 0 within the chat
        "time_ms": INT,
        "sender": TEXT,  # v visitor, a agent or bot, s system
        "agent_id": TEXT,
        "agent_name": TEXT,
        "text": TEXT,  # null: an attachment only; pre-chat answers are one text with CRLF
        "is_note": BOOL,  # agents alone see it
        "attachment_json": TEXT,  # the vendor's `attchs` list, or null
    },
    # Every webhook of the past, in order of time. A transcript shows the first message_count
    # messages of its chat: a resumed chat has a second, longer one.
    "tawk/webhooks": {
        "event_id": TEXT,  # X-Hook-Event-Id
        "event": TEXT,  # chat:start, chat:end, chat:transcript_created, ticket:create
        "time_ms": INT,
        "chat_id": TEXT,
        "ticket_id": TEXT,
        "message_count": INT,
    },
    "tawk/tickets": {
        "ticket_id": TEXT,
        "human_id": INT,
        "created_ms": INT,
        "updated_ms": INT,
        "status": TEXT,  # open, pending, closed
        "is_deleted": BOOL,
        "subject": TEXT,
        "message": TEXT,
        "requester_name": TEXT,
        "requester_email": TEXT,
    },
    # ------------------------------------------------------------------ HubSpot
    # Objects as they are now: archived ones are listed with archived_ms, merged ones are absent
    # (their ids stand in the survivor's hs_merged_object_ids and in hubspot/merges).
    # properties_json holds every property as text, createdate, hs_object_id and the modified date
    # (lastmodifieddate for contacts, else hs_lastmodifieddate) included.
    **{
        f"hubspot/{kind}": {
            "id": TEXT,
            "created_ms": INT,
            "updated_ms": INT,
            "archived_ms": INT,
            "properties_json": TEXT,
        }
        for kind in ("contacts", "companies", "deals", "tickets")
    },
    "hubspot/merges": {
        "object_type": TEXT,  # contacts, companies
        "loser_id": TEXT,
        "winner_id": TEXT,
        "merged_ms": INT,
    },
    "hubspot/owners": {
        "id": TEXT,
        "user_id": INT,
        "email": TEXT,
        "first_name": TEXT,
        "last_name": TEXT,
        "created_ms": INT,
        "updated_ms": INT,
        "archived_ms": INT,
    },
    # Both directions are rows of their own; types are plural.
    "hubspot/associations": {
        "from_type": TEXT,
        "from_id": TEXT,
        "to_type": TEXT,
        "to_id": TEXT,
        "created_ms": INT,
        "category": TEXT,  # HUBSPOT_DEFINED
        "type_id": INT,
        "label": TEXT,  # null, "Primary"
    },
}

TRUTH_TABLES: dict[str, dict[str, pa.DataType]] = {
    # One row per person who has come by now.
    "truth_persons": {
        "person_id": TEXT,
        "kind": TEXT,  # anonymous, lead, member (of an account), staff, tester, bot
        "stratum": TEXT,  # shared_device, merged_crm, second_email, multi_device or plain
        "is_identified": BOOL,  # some system knows a name, e-mail or user id by now
        "account_id": TEXT,  # null: of no account
        "device_count": INT,  # devices seen so far
        "has_shared_device": BOOL,
        "has_second_email": BOOL,
        "has_merged_crm_record": BOOL,
        "has_typo": BOOL,  # some system holds a mistyped e-mail of this person
        "first_seen_s": INT,
        "signed_up_s": INT,
        "acquisition_channel": TEXT,  # how the first visit came: direct, organic_search, …
    },
    # Whose an identifier is; one of two owners (shared device, shared mailbox) has two rows.
    # Junk values are nobody's and have person_id null. Identifiers of a person that no record
    # links fall into different components: component_id is what perfect matching can reach.
    "truth_identifiers": {
        "identifier_type": TEXT,
        "namespace": TEXT,
        "value": TEXT,
        "person_id": TEXT,
        "component_id": TEXT,
        "is_shared": BOOL,
        "is_junk": BOOL,
    },
    # Pairs of identifiers of one person that some record really links, shared ones left out.
    "truth_links": {
        "left_type": TEXT,
        "left_namespace": TEXT,
        "left_value": TEXT,
        "right_type": TEXT,
        "right_namespace": TEXT,
        "right_value": TEXT,
        "person_id": TEXT,
        "source": TEXT,
        "visible_ms": INT,
    },
    "truth_accounts": {
        "account_id": TEXT,  # the product's billing account id: ChartMogul's external_id
        "name": TEXT,
        "domain": TEXT,  # null: they write from free-mail addresses
        "crm_company_id": TEXT,  # null: not in the CRM
        "company_size": TEXT,  # small, medium, large: the confounder
        "acquisition_channel": TEXT,
        "signed_up_s": INT,
        "trial_started_s": INT,
        "first_payment_s": INT,
        "churned_s": INT,
        "onboarding_booked_s": INT,
        "median_first_response_s": REAL,  # of conversations within the factor window
        "slow_page_share": REAL,
        "monthly_churn_odds": REAL,  # the planted odds that each month ends the contract
    },
    "truth_conversations": {
        "source": TEXT,  # tawk, hubspot
        "conversation_type": TEXT,  # chat, ticket
        "record_id": TEXT,
        "channel": TEXT,  # chat, email, phone, website
        "person_id": TEXT,
        "component_id": TEXT,  # null: nothing in the record tells who it is
        "account_id": TEXT,
        "started_s": REAL,
        "began_by": TEXT,  # customer, agent (a greeting that nobody took up), program (likewise)
        "is_begun_by_customer": BOOL,  # else it counts nowhere
        "first_customer_message_s": REAL,  # null: nobody took up a greeting
        "first_agent_message_s": REAL,  # the first human answer after it; a note is none
        "first_response_s": INT,  # whole seconds between the two
        # when it was solved for good: null if it is not, or was opened again since
        "resolved_s": REAL,
        "reopened_count": INT,  # how often the customer came back after it was solved
        "last_activity_s": REAL,  # the last word of a human; what programs write prolongs nothing
        "is_bot_involved": BOOL,
        "is_bot_solved": BOOL,  # no human had to answer
        "is_deleted": BOOL,  # deleted chats and archived tickets count nowhere
    },
    # Definitions: the idle limits above; an account counts for a component where a record leads
    # there (CRM association, billing e-mail, domain); acquisition per component from its first touch until the
    # account's first payment (converted), else open or abandoned; support is a chain of
    # conversations, resolved when its last one is.
    "truth_journeys": {
        "journey_type": TEXT,  # acquisition, support
        "component_id": TEXT,
        "person_id": TEXT,
        "account_id": TEXT,
        "started_s": REAL,
        "ended_s": REAL,
        "outcome": TEXT,  # converted, resolved, open, abandoned
        "conversation_count": INT,  # support only
    },
    # When somebody (what perfect matching can reach of a person) entered a phase, by what they and
    # their account did: the same act is another phase for a customer, for somebody who is none yet and
    # for somebody whose account has left (`acts.py`). Who comes back enters anew.
    "truth_phases": {
        "component_id": TEXT,
        "account_id": TEXT,
        "times_left": INT,  # how often the account had left before
        "journey_phase": TEXT,  # awareness, consideration, purchase, retention, advocacy
        "entered_s": REAL,
    },
    # MRR at the end of each month (UTC) or, in the running one, now; months without MRR left out.
    "truth_mrr": {"month": TEXT, "account_id": TEXT, "mrr_cents": INT},
    # What was planted: the log odds of each level against its base level, for ending the contract
    # in a month; `confounds` says which other factor the confounder drives as well.
    "truth_effects": {
        "factor": TEXT,
        "level": TEXT,
        "log_odds": REAL,
        "confounds": TEXT,
    },
    # Totals by name: persons, identified_persons, accounts, paying_accounts, events, chats …
    "truth_totals": {"name": TEXT, "value": REAL},
}

VENDOR_TABLES |= schemas.tables()
TABLES = VENDOR_TABLES | TRUTH_TABLES


def schema(name: str) -> pa.Schema:
    """Return the Arrow schema of a table."""
    return pa.schema(list(TABLES[name].items()))
