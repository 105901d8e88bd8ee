"""The tables of the truth (`truth_*`), which tests and benchmarks alone open.

Their identifiers are written as Kette normalises them: `identifier_type`, `namespace`, `value`.
Columns ending in `_s` are seconds and in `_ms` milliseconds since 1970 in UTC; `_cents` are minor
units.
"""

from __future__ import annotations

from ingestion.sandbox.company.tables import BOOL, INT, REAL, TEXT

ACQUISITION_IDLE_DAYS = 90  # an acquisition journey without a touch for this long is abandoned
SUPPORT_IDLE_HOURS = 72  # conversations closer than this belong to one support journey

TABLES = {
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
