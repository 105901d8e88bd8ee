"""Trustmary's tables: who is asked what, their answers, and the resulting reviews."""

from __future__ import annotations

from ingestion.sandbox.company.tables import BOOL, INT, REAL, TEXT

TABLES = {
    "trustmary/contacts": {
        "id": TEXT,
        "email": TEXT,
        "name": TEXT,
        "company": TEXT,
        "type": TEXT,  # customer
        "created_ms": INT,
        "updated_ms": INT,
        "deleted_ms": INT,  # null: not deleted
    },
    "trustmary/lists": {"id": TEXT, "name": TEXT, "created_ms": INT, "updated_ms": INT},
    "trustmary/surveys": {
        "id": TEXT,
        "type": TEXT,  # customer, employee, embed
        "name": TEXT,
        "count": INT,
        "created_ms": INT,
        "updated_ms": INT,
        "deleted_ms": INT,
    },
    # One row per invitation. From `first_response_s` on it is the truth behind the answer, which
    # no endpoint shows: what was experienced, what would be answered if everybody answered, and how
    # probable an answer is. Who is content answers more often, who is angry too.
    "trustmary/invitations": {
        "id": TEXT,
        "survey_id": TEXT,
        "contact_id": TEXT,  # null: the link was shown in a chat
        "channel": TEXT,  # email, chat
        "sent_ms": INT,
        "answer_id": TEXT,  # null: not answered by now
        "person_id": TEXT,
        "first_response_s": REAL,  # of the conversation, or the account's median; null: none
        "is_onboarded": BOOL,
        "slow_page_share": REAL,
        "wording_shift": REAL,  # what the wording alone adds to the score
        "score_if_asked": INT,
        "answer_chance": REAL,
    },
    # An answer grows: the second page brings reason, comment, name, address and consent.
    "trustmary/answers": {
        "id": TEXT,
        "survey_id": TEXT,
        "survey_name": TEXT,
        "contact_id": TEXT,
        "nps": INT,  # null: the survey asks something else
        "custom_json": TEXT,
        "feedback": TEXT,
        "comment": TEXT,
        "name": TEXT,
        "email": TEXT,  # as it was typed
        "organization": TEXT,
        "public_consent": BOOL,
        "no_public_consent": BOOL,
        "created_ms": INT,  # the first page
        "updated_ms": INT,  # the last page by now
        "deleted_ms": INT,
    },
    "trustmary/reviews": {
        "eid": TEXT,
        "source": TEXT,  # trustmary, google, facebook
        "nps": INT,
        "comment": TEXT,
        "name": TEXT,
        "company": TEXT,
        "published": BOOL,
        "created_ms": INT,
        "updated_ms": INT,
        "deleted_ms": INT,
    },
}
