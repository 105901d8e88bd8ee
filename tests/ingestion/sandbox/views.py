"""A world's tables as views of an in-memory database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from ingestion.sandbox import vendors
from ingestion.sandbox.truth import schema

if TYPE_CHECKING:
    from pathlib import Path


def views(folder: Path) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    for name in vendors.tables() | schema.TABLES:
        pattern = f"{name}-*" if name == "mixpanel/events" else name
        database.execute(
            f"create view {name.replace('/', '_')} as "
            f"select * from read_parquet('{folder}/{pattern}.parquet')"
        )
    # what the CRM says of its contacts, by name
    database.execute(
        """create view contacts as select id, archived_ms,
            lower(trim(properties_json ->> '$.email')) as email,
            string_split(properties_json ->> '$.hs_additional_emails', ';') as more_emails,
            properties_json ->> '$.nordlicht_user_id' as user_id,
            properties_json ->> '$.hs_merged_object_ids' as merged_id
        from hubspot_contacts"""
    )
    return database
