"""Google Analytics 4: the flat events of the property. The export writes them in its own format."""

from __future__ import annotations

from ingestion.sandbox.company.tables import INT, TEXT

TABLES = {
    # One row per event that the property has received by now, in order of time. What the export
    # writes twice is here once.
    "ga4/events": {
        "id": TEXT,  # nothing shows it: the vendor's events have no id
        "time_us": INT,
        "arrived_ms": INT,  # up to three days later; the day's shard is written anew then
        "day": TEXT,  # 20250314: in the property's time zone
        "event": TEXT,
        "host": TEXT,
        "page": TEXT,
        "referrer": TEXT,
        "cookie": TEXT,  # user_pseudo_id; null without consent
        "user_id": TEXT,  # set by the site after a login, also without consent
        "session_id": INT,  # ga_session_id: null without consent and for what a server sent
        "session_number": INT,
        # whose visit it is; the export shows it of nobody, the Data API counts by it
        "visit": INT,
        "consent": TEXT,  # Yes, No; null before consent mode was introduced
        "channel": TEXT,  # the default channel group of the visit
        "source": TEXT,
        "medium": TEXT,
        "campaign": TEXT,
        "gclid": TEXT,
        "first_channel": TEXT,  # by which the person came at first
        "is_engaged": INT,
        "bundle": INT,
        "place": INT,  # within the bundle
        "browser": TEXT,
        "system": TEXT,
        "country": TEXT,
        "city": TEXT,
        "params_json": TEXT,  # what the tag manager adds, as {name: text or number}
    },
    # The files of the export as they lie in its folder by now.
    "ga4/shards": {"file": TEXT, "day": TEXT, "kind": TEXT, "events": INT},
}
