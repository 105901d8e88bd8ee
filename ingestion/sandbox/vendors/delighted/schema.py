"""Delighted's tables: the people it asked, and their answers."""

from __future__ import annotations

from ingestion.sandbox.company.tables import INT, TEXT

TABLES = {
    "delighted/people": {
        "id": TEXT,
        "email": TEXT,
        "name": TEXT,
        "created_ms": INT,
        "last_sent_ms": INT,
        "person_id": TEXT,  # shown by nothing
    },
    "delighted/survey_responses": {
        "id": TEXT,
        "person": TEXT,  # Delighted's id
        "survey_type": TEXT,  # ces, csat
        "score": INT,
        "comment": TEXT,
        "created_ms": INT,
        "updated_ms": INT,
        "tags_json": TEXT,
        "person_properties_json": TEXT,
    },
}
