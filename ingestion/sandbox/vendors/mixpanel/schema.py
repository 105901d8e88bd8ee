"""Mixpanel's tables: events, and profiles of who sent them."""

from __future__ import annotations

from ingestion.sandbox.company.tables import INT, TEXT

TABLES = {
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
}
