"""Salesforce's objects as the org holds them now, including the recycle bin.

`properties_json` holds the fields in the org's own types. Id, CreatedDate, SystemModstamp and IsDeleted
have their own columns, and the router computes formula fields. Deleted records stay in the recycle bin
for 15 days and are then purged; records that were merged into another (`MasterRecordId`) stay in it.
`updated_ms` is SystemModstamp.
"""

from __future__ import annotations

from ingestion.sandbox.company.tables import BOOL, INT, TEXT

OBJECTS = {
    "accounts": "Account",
    "contacts": "Contact",
    "leads": "Lead",
    "opportunities": "Opportunity",
    "cases": "Case",
    "tasks": "Task",
    "events": "Event",
    "users": "User",
}
TABLES = {
    f"salesforce/{table}": {
        "id": TEXT,  # 18 characters
        "created_ms": INT,
        "updated_ms": INT,
        "is_deleted": BOOL,
        "properties_json": TEXT,
    }
    for table in OBJECTS
}
