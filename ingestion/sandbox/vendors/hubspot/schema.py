"""HubSpot's tables: contacts, companies, deals and tickets, who owns them and how they are tied."""

from __future__ import annotations

from ingestion.sandbox.company.tables import INT, TEXT

TABLES = {
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
