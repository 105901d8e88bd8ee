"""Calendly's tables: what can be booked, the sessions, and who booked them."""

from __future__ import annotations

from ingestion.sandbox.company.tables import BOOL, INT, TEXT

# Sessions lie ahead of the world's now as well: their times are known when they are booked.
TABLES = {
    "calendly/event_types": {
        "id": TEXT,
        "name": TEXT,
        "duration_minutes": INT,
        "location": TEXT,  # the vendor's kind of location
        "is_active": BOOL,
        "created_ms": INT,
        "updated_ms": INT,
    },
    "calendly/scheduled_events": {
        "id": TEXT,
        "event_type_id": TEXT,
        "name": TEXT,
        "status": TEXT,  # active, canceled
        "starts_ms": INT,
        "ends_ms": INT,
        "location": TEXT,
        "host_name": TEXT,
        "host_email": TEXT,
        "created_ms": INT,
        "updated_ms": INT,  # marking somebody as missing does not touch it
        "canceled_ms": INT,  # null: it was not, or not by now
        "canceled_by": TEXT,  # invitee, host
        "cancel_reason": TEXT,
    },
    # One per session: nobody books in a group. A booking that was moved is cancelled and names the
    # one that took its place, and the other way round.
    "calendly/invitees": {
        "id": TEXT,
        "event_id": TEXT,
        "name": TEXT,
        "email": TEXT,  # as it was typed
        "phone": TEXT,  # E.164, for the reminder; null: not given
        "time_zone": TEXT,
        "status": TEXT,  # active, canceled
        "created_ms": INT,
        "updated_ms": INT,
        "old_id": TEXT,
        "old_event_id": TEXT,
        "new_id": TEXT,
        "new_event_id": TEXT,
        "no_show_ms": INT,  # when somebody was marked as missing
        "utm_source": TEXT,
        "utm_campaign": TEXT,
    },
}
