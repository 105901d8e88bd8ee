"""Small worlds of identifiers for the tests: written in a line each, resolved by the real rules."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ingestion.settings import CHECKOUT
from orchestration.insight.identity import resolve as identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Node = tuple[str, str, str]

MOMENT = pa.timestamp("us", tz="UTC")
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
GLOBAL = {"email", "phone", "domain"}
HOME = {
    "user_id": "mixpanel",
    "device_id": "mixpanel",
    "crm_contact_id": "hubspot",
    "crm_company_id": "hubspot",
    "billing_customer_id": "chartmogul",
    "chat_visitor_id": "tawk",
}
SHORT = {
    "user": "user_id",
    "device": "device_id",
    "contact": "crm_contact_id",
    "company": "crm_company_id",
    "billing": "billing_customer_id",
    "visitor": "chat_visitor_id",
}


def node(text: str) -> Node:
    """Read an identifier: ``user:17``, or with a source of its own ``user@shop:17``."""
    kind, value = text.split(":", 1)
    kind, _, namespace = kind.partition("@")
    kind = SHORT.get(kind, kind)
    return kind, namespace or ("global" if kind in GLOBAL else HOME.get(kind, "shop")), value


def link(
    left: str,
    right: str,
    *,
    day: int | None = 0,
    until: int | None = None,
    kind: str = "login",
    source: str = "mixpanel",
) -> dict[str, Any]:
    """Return a row of evidence, seen on a day and until another one."""
    last = until if until is not None else day
    return {
        **dict(zip(identity.LEFT, node(left), strict=True)),
        **dict(zip(identity.RIGHT, node(right), strict=True)),
        "source": source,
        "kind": kind,
        "first_seen_at": None if day is None else FIRST + timedelta(days=day),
        "last_seen_at": None if last is None else FIRST + timedelta(days=last),
        "evidence_count": 1,
    }


def evidence_table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Return evidence in the form the clustering reads."""
    texts = [*identity.LEFT, *identity.RIGHT, "source", "kind"]
    return pa.Table.from_pylist(
        list(rows),
        schema=pa.schema(
            [(name, pa.string()) for name in texts]
            + [("first_seen_at", MOMENT), ("last_seen_at", MOMENT), ("evidence_count", pa.int64())]
        ),
    )


def node_table(nodes: Iterable[str] = (), *, shared: Iterable[str] = ()) -> pa.Table:
    """Return identifiers in the form the clustering reads."""
    every = dict.fromkeys(nodes, False) | dict.fromkeys(shared, True)
    rows = [(*node(text), None, is_shared) for text, is_shared in every.items()]
    columns = list(zip(*rows, strict=True)) if rows else [[], [], [], [], []]
    types = [pa.string(), pa.string(), pa.string(), MOMENT, pa.bool_()]
    return pa.table(
        [pa.array(list(column), kind) for column, kind in zip(columns, types, strict=True)],
        names=[*identity.NODE, "first_seen_at", "is_shared"],
    )


def seed(name: str) -> list[dict[str, str]]:
    """Return the rows of a seed as it ships."""
    with (CHECKOUT / "seeds" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def rules(entity: str = "person") -> pa.Table:
    """Return the rules as they ship."""

    def number(text: str) -> int | None:
        return int(text) if text else None

    return pa.Table.from_pylist(
        [
            {
                "identifier_type": row["identifier_type"],
                "priority": number(row["priority"]),
                "is_unique": row["is_unique"] == "true",
                "most_per_person": number(row["most_per_person"]),
                "degree_cap": number(row["degree_cap"]),
            }
            for row in seed("identity_rules")
            if row["entity"] == entity
        ]
    )


def blocked() -> pa.Table:
    """Return the blocked values as they ship."""
    return pa.Table.from_pylist(seed("blocked_identifiers"))


def pair_table(pairs: Iterable[tuple[str, str]]) -> pa.Table:
    """Return pairs of identifiers, as cuts are given."""
    rows = [(*node(one), *node(other)) for one, other in pairs]
    columns = list(zip(*rows, strict=True)) if rows else [[]] * 6
    return pa.table(
        [pa.array(list(column), pa.string()) for column in columns],
        names=[*identity.LEFT, *identity.RIGHT],
    )


def resolve(
    *links: dict[str, Any],
    nodes: Iterable[str] = (),
    shared: Iterable[str] = (),
    cuts: Iterable[tuple[str, str]] = (),
    policy: tuple[str, str] | None = None,
    entity: str = "person",
) -> pa.Table:
    """Resolve evidence by the rules as they ship; ``policy`` is a type and what it is given."""
    kind, given = (node(f"{policy[0]}:x"), policy[1]) if policy else (("", ""), "")
    return identity.resolve(
        node_table(nodes, shared=shared),
        evidence_table(links),
        rules(entity),
        blocked(),
        cuts=pair_table(cuts),
        policies=pa.Table.from_pylist(
            [
                {
                    "identifier_type": kind[0],
                    "identifier_namespace": kind[1],
                    "policy": given,
                }
            ]
        ),
    )


def canonical(found: pa.Table) -> dict[Node, Node]:
    """Return the canonical member of each identifier."""
    columns = [found[name].to_pylist() for name in (*identity.NODE, *identity.CANONICAL)]
    return {tuple(row[:3]): tuple(row[3:]) for row in zip(*columns, strict=True)}


def persons(found: pa.Table) -> set[frozenset[Node]]:
    """Return the persons as sets of identifiers."""
    groups: dict[Node, set[Node]] = {}
    for member, leader in canonical(found).items():
        groups.setdefault(leader, set()).add(member)
    return {frozenset(group) for group in groups.values()}


def written(*groups: str) -> set[frozenset[Node]]:
    """Read expected persons, each written as its identifiers with blanks between."""
    return {frozenset(node(text) for text in group.split()) for group in groups}
