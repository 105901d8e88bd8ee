"""People and companies that may be the same: proposals of the control store, with their details.

Nothing here is cached, so a new decision shows at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from dashboards import warehouse
from explore import intervals
from ingestion.control import store

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOWN_AT_MOST = 25
PERSON, ACCOUNT = "person", "account"
_KNOWN = {
    PERSON: """
        select
            known.identifier_type, known.identifier_namespace, known.identifier_value,
            owners.customer_id as owner_id, owners.full_name as name, owners.email, owners.phone,
            owners.company_name as company, owners.city
        from marts.bridge_customer_identifiers as known
        inner join marts.dim_customers as owners using (customer_id)
        where known.identifier_value in (select unnest($values))
    """,
    ACCOUNT: """
        select
            known.identifier_type, known.identifier_namespace, known.identifier_value,
            owners.account_id as owner_id, owners.account_name as name, owners.domain, owners.city,
            owners.person_count
        from marts.bridge_account_identifiers as known
        inner join marts.dim_accounts as owners using (account_id)
        where known.identifier_value in (select unnest($values))
    """,
}


@dataclass(frozen=True)
class Proposal:
    """Two that may be one, each with what is published of it."""

    row: Mapping[str, Any]
    one: Mapping[str, Any]
    other: Mapping[str, Any]


@dataclass(frozen=True)
class Reviewed:
    """What people made of proposals so far."""

    accepted: int
    refused: int

    @property
    def precision(self) -> float | None:
        """Return the share of the decided proposals that were accepted."""
        decided = self.accepted + self.refused
        return self.accepted / decided if decided else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return its 95 % interval."""
        return intervals.wilson(self.accepted, self.accepted + self.refused)


def waiting(path: str, entity: str) -> list[Proposal]:
    """Return what waits to be decided, the likeliest first.

    What the publication knows as one by now, or knows no more, is left out.
    """
    rows = [row for row in store.open_proposals() if row["entity"] == entity]
    if not rows:
        return []
    values = sorted({row[f"{side}_value"] for row in rows for side in ("left", "right")})
    try:
        known = warehouse.rows(path, _KNOWN[entity], {"values": values})
    except duckdb.BinderException:  # published by an older version
        return []
    owners = {_key(row, "identifier"): row for row in known}
    found = []
    for row in rows:
        one, other = (owners.get(_key(row, side)) for side in ("left", "right"))
        if one and other and one["owner_id"] != other["owner_id"]:
            found.append(Proposal(row, one, other))
    return found


def reviewed() -> Reviewed:
    """Return what people made of proposals so far."""
    return Reviewed(*store.reviewed_proposals())


def _key(row: Mapping[str, Any], side: str) -> tuple[str, str, str]:
    return row[f"{side}_type"], row[f"{side}_namespace"], row[f"{side}_value"]
