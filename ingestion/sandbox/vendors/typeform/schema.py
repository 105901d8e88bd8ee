"""Typeform's tables: forms, and what was begun or submitted in them."""

from __future__ import annotations

from ingestion.sandbox.company.tables import INT, TEXT

TABLES = {
    "typeform/forms": {
        "id": TEXT,
        "title": TEXT,
        "language": TEXT,
        "created_ms": INT,
        "updated_ms": INT,
        "fields_json": TEXT,
    },
    # One row per landing; what was not submitted has no answers. `person_id` is shown by nothing.
    "typeform/responses": {
        "token": TEXT,
        "form_id": TEXT,
        "landed_ms": INT,
        "submitted_ms": INT,  # null: not submitted by now
        "answers_json": TEXT,
        "hidden_json": TEXT,
        "score": INT,
        "platform": TEXT,
        "person_id": TEXT,
    },
}
