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

Truth tables (`truth_*`) are opened by tests and benchmarks alone. Their identifiers are written as
Kette normalises them: `identifier_type`, `namespace`, `value`.
"""

from __future__ import annotations

import pyarrow as pa

CURRENCY = "EUR"
ACQUISITION_IDLE_DAYS = 90  # an acquisition journey without a touch for this long is abandoned
SUPPORT_IDLE_HOURS = 72  # conversations closer than this belong to one support journey
FACTOR_WINDOW_DAYS = 30  # what happened this long after the first payment explains retention
BOT_NAME = "Nordlicht Assistent"

_TEXT, _INT, _BOOL, _REAL = pa.string(), pa.int64(), pa.bool_(), pa.float64()

VENDOR_TABLES: dict[str, dict[str, pa.DataType]] = {
    # One row per stored event, sorted by time; exact repeats and repeats of the same insert_id at
    # another time of the same day occur, as the raw export shows them. `distinct_id` is made when
    # it is served: user_id, else linked_user_id (then `$distinct_id_before_identity` is
    # "$device:<device_id>"), else "$device:<device_id>"; without both ids it is "".
    "mixpanel/events": {
        "time_s": _INT,  # true UTC
        "arrived_ms": _INT,  # when Mixpanel processed it: mp_processing_time_ms
        "event": _TEXT,
        "insert_id": _TEXT,
        "device_id": _TEXT,  # null: the event was sent by a server
        "user_id": _TEXT,  # null: nobody was logged in
        "linked_user_id": _TEXT,  # whose device Mixpanel knows it to be by now; null: nobody's
        "linked_ms": _INT,  # since when: before it the export showed "$device:<device_id>"
        "library": _TEXT,  # mp_lib: web, swift, android; null for a server
        "properties_json": _TEXT,  # all other properties
    },
    "mixpanel/profiles": {
        "distinct_id": _TEXT,  # the product's user id; "$device:<id>" for a few anonymous ones
        "created_ms": _INT,
        "updated_ms": _INT,  # $last_seen
        "properties_json": _TEXT,  # $email, $name, $city, plan …; without $last_seen
    },
    # ------------------------------------------------------------------ ChartMogul
    "chartmogul/plans": {
        "uuid": _TEXT,  # pl_…
        "external_id": _TEXT,
        "name": _TEXT,
        "interval_unit": _TEXT,  # month, year
        "interval_count": _INT,
        "created_ms": _INT,
    },
    "chartmogul/customers": {
        "uuid": _TEXT,  # cus_…
        "id": _INT,
        "external_id": _TEXT,  # the product's billing account id
        "external_ids_json": _TEXT,  # its own and those merged into it
        "data_source_uuids_json": _TEXT,  # aligned with external_ids
        "name": _TEXT,
        "email": _TEXT,  # the billing e-mail; null for a few
        "company": _TEXT,
        "country": _TEXT,  # ISO code
        "city": _TEXT,
        "zip": _TEXT,
        "website_url": _TEXT,
        "status": _TEXT,  # Active, Cancelled, Past Due, New Lead
        "created_ms": _INT,  # since when it is listed; the listing's order
        "lead_created_s": _INT,
        "free_trial_started_s": _INT,
        "customer_since_s": _INT,  # null for leads
        "mrr_cents": _INT,  # now
        "custom_json": _TEXT,  # attributes.custom: {"hubspot_company_id": "…", …} on a share
        "tags_json": _TEXT,
    },
    "chartmogul/subscriptions": {
        "uuid": _TEXT,  # sub_…
        "id": _INT,
        "external_id": _TEXT,
        "customer_uuid": _TEXT,
        "plan_uuid": _TEXT,
        "plan_name": _TEXT,
        "quantity": _INT,
        "mrr_cents": _INT,  # 0 once ended
        "status": _TEXT,  # active, inactive
        "start_s": _INT,
        "end_s": _INT,  # null: runs on; may be ahead: a cancellation that is scheduled
        "billing_cycle": _TEXT,  # month, year
        "billing_cycle_count": _INT,
    },
    # What was agreed, without gaps or overlaps per subscription: the MRR at a moment t is the sum
    # of mrr_cents where from_s <= t < to_s. The metrics endpoints are computed from this table
    # alone, never from activities. Rows begin before now; to_s is null or may be ahead.
    "chartmogul/contracts": {
        "subscription_uuid": _TEXT,
        "customer_uuid": _TEXT,  # who owns it now
        "plan_uuid": _TEXT,
        "plan_external_id": _TEXT,
        "country": _TEXT,
        "quantity": _INT,
        "from_s": _INT,
        "to_s": _INT,
        "mrr_cents": _INT,
    },
    # State of now: one that vanished is absent, one that was recreated has another uuid than
    # before, one of a merged customer carries the surviving customer. Scheduled ones lie ahead.
    "chartmogul/activities": {
        "uuid": _TEXT,
        "date_s": _INT,
        "created_ms": _INT,  # since when it is listed under this uuid
        "type": _TEXT,  # new_biz, expansion, contraction, churn, reactivation
        "movement_cents": _INT,  # signed
        "mrr_after_cents": _INT,  # the customer's MRR after it
        "description": _TEXT,
        "customer_uuid": _TEXT,
        "customer_external_id": _TEXT,
        "customer_name": _TEXT,
        "subscription_external_id": _TEXT,
        "plan_external_id": _TEXT,
    },
    "chartmogul/invoices": {
        "uuid": _TEXT,  # inv_…
        "external_id": _TEXT,
        "customer_uuid": _TEXT,
        "created_ms": _INT,
        "date_s": _INT,
        "due_s": _INT,
        "currency": _TEXT,
    },
    "chartmogul/line_items": {
        "invoice_uuid": _TEXT,
        "uuid": _TEXT,  # li_…
        "external_id": _TEXT,
        "type": _TEXT,  # subscription, one_time
        "subscription_uuid": _TEXT,  # null for one_time
        "subscription_external_id": _TEXT,
        "plan_uuid": _TEXT,
        "prorated": _BOOL,
        "service_period_start_s": _INT,
        "service_period_end_s": _INT,
        "amount_cents": _INT,  # net of discount, with tax on top
        "quantity": _INT,
        "discount_cents": _INT,
        "tax_cents": _INT,
    },
    "chartmogul/transactions": {
        "invoice_uuid": _TEXT,
        "uuid": _TEXT,  # tr_…
        "external_id": _TEXT,
        "type": _TEXT,  # payment, refund
        "date_s": _INT,
        "result": _TEXT,  # successful, failed
        "amount_cents": _INT,
    },
    # ------------------------------------------------------------------ tawk.to
    "tawk/agents": {"agent_id": _TEXT, "name": _TEXT, "is_bot": _BOOL},
    "tawk/chats": {
        "chat_id": _TEXT,
        "person_id": _TEXT,  # the visitor; REST only, a webhook does not tell it
        "created_ms": _INT,
        "updated_ms": _INT,  # last message, or the deletion
        "is_deleted": _BOOL,  # the REST flag
        "visitor_name": _TEXT,  # V1754041937019 for who did not say
        "visitor_email": _TEXT,
        "visitor_city": _TEXT,  # or the literal "unknown"
        "visitor_country": _TEXT,
        "domain": _TEXT,
        "referrer": _TEXT,  # null: none
        "page_url": _TEXT,
        "page_title": _TEXT,
        "tags_json": _TEXT,
    },
    "tawk/messages": {
        "chat_id": _TEXT,
        "sequence": _INT,  # from 0 within the chat
        "time_ms": _INT,
        "sender": _TEXT,  # v visitor, a agent or bot, s system
        "agent_id": _TEXT,
        "agent_name": _TEXT,
        "text": _TEXT,  # null: an attachment only; pre-chat answers are one text with CRLF
        "attachment_json": _TEXT,  # the vendor's `attchs` list, or null
    },
    # Every webhook of the past, in order of time. A transcript shows the first message_count
    # messages of its chat: a resumed chat has a second, longer one.
    "tawk/webhooks": {
        "event_id": _TEXT,  # X-Hook-Event-Id
        "event": _TEXT,  # chat:start, chat:end, chat:transcript_created, ticket:create
        "time_ms": _INT,
        "chat_id": _TEXT,
        "ticket_id": _TEXT,
        "message_count": _INT,
    },
    "tawk/tickets": {
        "ticket_id": _TEXT,
        "human_id": _INT,
        "created_ms": _INT,
        "updated_ms": _INT,
        "status": _TEXT,  # open, pending, closed
        "is_deleted": _BOOL,
        "subject": _TEXT,
        "message": _TEXT,
        "requester_name": _TEXT,
        "requester_email": _TEXT,
    },
    # ------------------------------------------------------------------ HubSpot
    # Objects as they are now: archived ones are listed with archived_ms, merged ones are absent
    # (their ids stand in the survivor's hs_merged_object_ids and in hubspot/merges).
    # properties_json holds every property as text, createdate, hs_object_id and the modified date
    # (lastmodifieddate for contacts, else hs_lastmodifieddate) included.
    **{
        f"hubspot/{kind}": {
            "id": _TEXT,
            "created_ms": _INT,
            "updated_ms": _INT,
            "archived_ms": _INT,
            "properties_json": _TEXT,
        }
        for kind in ("contacts", "companies", "deals", "tickets")
    },
    "hubspot/merges": {
        "object_type": _TEXT,  # contacts, companies
        "loser_id": _TEXT,
        "winner_id": _TEXT,
        "merged_ms": _INT,
    },
    "hubspot/owners": {
        "id": _TEXT,
        "user_id": _INT,
        "email": _TEXT,
        "first_name": _TEXT,
        "last_name": _TEXT,
        "created_ms": _INT,
        "updated_ms": _INT,
        "archived_ms": _INT,
    },
    # Both directions are rows of their own; types are plural.
    "hubspot/associations": {
        "from_type": _TEXT,
        "from_id": _TEXT,
        "to_type": _TEXT,
        "to_id": _TEXT,
        "created_ms": _INT,
        "category": _TEXT,  # HUBSPOT_DEFINED
        "type_id": _INT,
        "label": _TEXT,  # null, "Primary"
    },
}

TRUTH_TABLES: dict[str, dict[str, pa.DataType]] = {
    # One row per person who has come by now.
    "truth_persons": {
        "person_id": _TEXT,
        "kind": _TEXT,  # anonymous, lead, member (of an account), staff, tester, bot
        "stratum": _TEXT,  # shared_device, merged_crm, second_email, multi_device or plain
        "is_identified": _BOOL,  # some system knows a name, e-mail or user id by now
        "account_id": _TEXT,  # null: of no account
        "device_count": _INT,  # devices seen so far
        "has_shared_device": _BOOL,
        "has_second_email": _BOOL,
        "has_merged_crm_record": _BOOL,
        "has_typo": _BOOL,  # some system holds a mistyped e-mail of this person
        "first_seen_s": _INT,
        "signed_up_s": _INT,
        "acquisition_channel": _TEXT,  # how the first visit came: direct, organic_search, …
    },
    # Whose an identifier is; one of two owners (shared device, shared mailbox) has two rows.
    # Junk values are nobody's and have person_id null. Identifiers of a person that no record
    # links fall into different components: component_id is what perfect matching can reach.
    "truth_identifiers": {
        "identifier_type": _TEXT,
        "namespace": _TEXT,
        "value": _TEXT,
        "person_id": _TEXT,
        "component_id": _TEXT,
        "is_shared": _BOOL,
        "is_junk": _BOOL,
    },
    # Pairs of identifiers of one person that some record really links, shared ones left out.
    "truth_links": {
        "left_type": _TEXT,
        "left_namespace": _TEXT,
        "left_value": _TEXT,
        "right_type": _TEXT,
        "right_namespace": _TEXT,
        "right_value": _TEXT,
        "person_id": _TEXT,
        "source": _TEXT,
        "visible_ms": _INT,
    },
    "truth_accounts": {
        "account_id": _TEXT,  # the product's billing account id: ChartMogul's external_id
        "name": _TEXT,
        "domain": _TEXT,  # null: they write from free-mail addresses
        "crm_company_id": _TEXT,  # null: not in the CRM
        "company_size": _TEXT,  # small, medium, large: the confounder
        "acquisition_channel": _TEXT,
        "signed_up_s": _INT,
        "trial_started_s": _INT,
        "first_payment_s": _INT,
        "churned_s": _INT,
        "onboarding_booked_s": _INT,
        "median_first_response_s": _REAL,  # of conversations within the factor window
        "slow_page_share": _REAL,
        "monthly_churn_odds": _REAL,  # the planted odds that each month ends the contract
    },
    "truth_conversations": {
        "source": _TEXT,  # tawk, hubspot
        "conversation_type": _TEXT,  # chat, ticket
        "record_id": _TEXT,
        "channel": _TEXT,  # chat, email, phone, website
        "person_id": _TEXT,
        "component_id": _TEXT,  # null: nothing in the record tells who it is
        "account_id": _TEXT,
        "started_s": _REAL,
        "first_customer_message_s": _REAL,
        "first_agent_message_s": _REAL,  # the first human answer after it
        "first_response_s": _INT,  # whole seconds between the two
        "resolved_s": _REAL,  # null: not resolved by now
        "last_activity_s": _REAL,
        "is_bot_involved": _BOOL,
        "is_deleted": _BOOL,  # deleted chats and archived tickets count nowhere
    },
    # Definitions: the idle limits above; an account counts for a component where a record leads
    # there (CRM association, billing e-mail, domain); acquisition per component from its first touch until the
    # account's first payment (converted), else open or abandoned; support is a chain of
    # conversations, resolved when its last one is.
    "truth_journeys": {
        "journey_type": _TEXT,  # acquisition, support
        "component_id": _TEXT,
        "person_id": _TEXT,
        "account_id": _TEXT,
        "started_s": _REAL,
        "ended_s": _REAL,
        "outcome": _TEXT,  # converted, resolved, open, abandoned
        "conversation_count": _INT,  # support only
    },
    # MRR at the end of each month (UTC) or, in the running one, now; months without MRR left out.
    "truth_mrr": {"month": _TEXT, "account_id": _TEXT, "mrr_cents": _INT},
    # What was planted: the log odds of each level against its base level, for ending the contract
    # in a month; `confounds` says which other factor the confounder drives as well.
    "truth_effects": {
        "factor": _TEXT,
        "level": _TEXT,
        "log_odds": _REAL,
        "confounds": _TEXT,
    },
    # Totals by name: persons, identified_persons, accounts, paying_accounts, events, chats …
    "truth_totals": {"name": _TEXT, "value": _REAL},
}

TABLES = VENDOR_TABLES | TRUTH_TABLES


def schema(name: str) -> pa.Schema:
    """Return the Arrow schema of a table."""
    return pa.schema(list(TABLES[name].items()))
