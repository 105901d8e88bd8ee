"""HubSpot's objects in memory and in the form its API shows them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ingestion.sandbox.common import load_tables, parquet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from ingestion.sandbox.company.clock import World

KINDS = ("contacts", "companies", "deals", "tickets")
COLUMNS = "number, created_ms, updated_ms, archived_ms, properties_json"
OWNER_COLUMNS = "id, email, first_name, last_name, user_id, created_ms, updated_ms"
# what is sent without being asked for
USUAL_PROPERTIES = {
    "contacts": ("email", "firstname", "lastname"),
    "companies": ("domain", "name"),
    "deals": ("amount", "closedate", "dealname", "dealstage", "pipeline"),
    "tickets": (
        "content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_category",
        "hs_ticket_priority", "subject",
    ),
}  # fmt: skip
PIPELINE_PROPERTIES = {
    "deals": ("pipeline", "dealstage"),
    "tickets": ("hs_pipeline", "hs_pipeline_stage"),
}
STAGES = {
    "1": "New", "2": "Waiting on contact", "3": "Waiting on us", "4": "Closed",
    "appointmentscheduled": "Appointment scheduled", "qualifiedtobuy": "Qualified to buy",
    "presentationscheduled": "Presentation scheduled", "contractsent": "Contract sent",
    "decisionmakerboughtin": "Decision maker bought-in", "closedwon": "Closed won",
    "closedlost": "Closed lost",
}  # fmt: skip
CLOSED_STAGES = ("4", "closedwon", "closedlost")
NAMES = "select distinct unnest(json_keys(properties_json)) from {kind}"


def modified_property(kind: str) -> str:
    """Return the property that tells when an object was changed: its name differs by type."""
    return "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"


def prepare(database: duckdb.DuckDBPyConnection, folder: Path, _: World) -> None:
    """Load HubSpot's tables."""
    for kind in KINDS:
        database.execute(
            f"create table {kind} as select *, id::bigint as number"  # noqa: S608
            f" from {parquet(folder / 'hubspot' / f'{kind}.parquet')} order by number"
        )
    load_tables(database, folder / "hubspot", "merges", "owners", "associations")
    database.execute("create index association_ends on associations (from_id)")


def iso(moment_ms: int) -> str:
    """Return a moment as HubSpot writes it."""
    moment = datetime.fromtimestamp(moment_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment_ms % 1000:03d}Z"


def shown(kind: str, row: Sequence[Any], wanted: Sequence[str] | None) -> dict[str, Any]:
    """Return an object with the usual properties or those that are asked for.

    Args:
        kind: Its type.
        row: Its ``COLUMNS``.
        wanted: Names of properties; one the object does not have is shown as null.
    """
    number, created_ms, updated_ms, archived_ms, properties_json = row
    stored = json.loads(properties_json)
    names = USUAL_PROPERTIES[kind] if wanted is None else wanted
    result = {
        "id": str(number),
        "properties": {name: stored.get(name) for name in sorted({*names, *always_shown(kind)})},
        "createdAt": iso(created_ms),
        "updatedAt": iso(updated_ms),
        "archived": archived_ms is not None,
    }
    if archived_ms is not None:
        result["archivedAt"] = iso(archived_ms)
    return result


def owner(row: Sequence[Any], *, is_archived: bool) -> dict[str, Any]:
    """Return a user who owns records, from its ``OWNER_COLUMNS``."""
    owner_id, email, first_name, last_name, user_id, created_ms, updated_ms = row
    return {
        "id": owner_id,
        "email": email,
        "firstName": first_name,
        "lastName": last_name,
        "userId": user_id,
        "createdAt": iso(created_ms),
        "updatedAt": iso(updated_ms),
        "archived": is_archived,
    }


def always_shown(kind: str) -> tuple[str, ...]:
    """Return the properties that are sent whatever is asked for."""
    return ("createdate", "hs_object_id", modified_property(kind))


def property_names(database: duckdb.DuckDBPyConnection, kind: str) -> list[str]:
    """Return the properties of a type: its usual ones and those that occur."""
    found = {name for (name,) in database.execute(NAMES.format(kind=kind)).fetchall()}
    return sorted(found | {*USUAL_PROPERTIES[kind], *always_shown(kind)})


def definition(name: str) -> dict[str, Any]:
    """Return a property's definition, as far as a reader needs it."""
    is_moment = name.endswith(("date", "_at")) or name.startswith("hs_v2_date_")
    return {
        "name": name,
        "label": name.removeprefix("hs_").replace("_", " ").capitalize(),
        "type": "datetime" if is_moment else "string",
        "fieldType": "date" if is_moment else "text",
        "groupName": "information",
        "hubspotDefined": not name.startswith("nordlicht_"),
        "calculated": name.startswith("hs_calculated_"),
        "archived": False,
    }


def pipelines(database: duckdb.DuckDBPyConnection, kind: str) -> list[dict[str, Any]]:
    """Return the pipelines that occur, each with its stages in the order of their names."""
    pipeline, stage = PIPELINE_PROPERTIES[kind]
    found: dict[str, list[str]] = {}
    for name, step in database.execute(
        f"select distinct properties_json->>'{pipeline}' as pipeline,"  # noqa: S608
        f" properties_json->>'{stage}' as stage from {kind} where stage is not null order by all"
    ).fetchall():
        found.setdefault(name, []).append(step)
    return [
        {
            "id": name,
            "label": f"{kind.capitalize()} pipeline",
            "displayOrder": place,
            "archived": False,
            "stages": [
                {
                    "id": step,
                    "label": STAGES.get(step, step),
                    "displayOrder": number,
                    "archived": False,
                    "metadata": {"isClosed": str(step in CLOSED_STAGES).lower()},
                }
                for number, step in enumerate(steps)
            ],
        }
        for place, (name, steps) in enumerate(found.items())
    ]
