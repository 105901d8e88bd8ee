"""Explains from the published data why two identifiers belong to one person, or why they do not."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingestion.control.decisions import COLUMNS, Identifier, pair_of
from ingestion.errors import KetteError
from orchestration.identity_review import lookup

if TYPE_CHECKING:
    import duckdb

# a person with so many identifiers is worth a look at what splits it
LARGE = 20
BRIDGES_AT_MOST = 3


@dataclass(frozen=True)
class Link:
    """One step of a chain, with the evidence behind it."""

    one: Identifier
    other: Identifier
    strength_rank: int
    is_bridge: bool
    split_size: int | None
    evidence: list[dict[str, Any]]


@dataclass(frozen=True)
class Explanation:
    """What is known about two identifiers."""

    one_owner: str
    other_owner: str
    # empty where they are two persons'
    chain: list[Link]
    # the person's size, and the links whose removal would split it, the weakest first
    size: int
    bridges: list[Link]
    # where they are two persons': refused evidence between the two, and what was decided by hand
    refused: list[dict[str, Any]]
    decisions: list[dict[str, Any]]

    @property
    def weakest(self) -> Link | None:
        """Return the weakest link of the chain."""
        return max(self.chain, key=lambda link: link.strength_rank, default=None)


def explain(
    connection: duckdb.DuckDBPyConnection, one: Identifier, other: Identifier
) -> Explanation:
    """Explain why two identifiers of persons are one's, or not.

    Raises:
        KetteError: One of them is nobody's, or an account's.
    """
    if lookup.ACCOUNT in {lookup.entity_of(connection, each) for each in (one, other)}:
        raise KetteError(
            "only persons are explained, and this is an account's", where=f"identity {one}"
        )
    mine, theirs = lookup.owner(connection, one), lookup.owner(connection, other)
    links = _links(connection, mine) if mine == theirs else []
    size = connection.execute(
        "select count(*) from marts.bridge_customer_identifiers where customer_id = ?", [mine]
    ).fetchall()[0][0]
    bridges = [link for link in links if link.is_bridge and (link.split_size or 0) > 1]
    bridges.sort(key=lambda link: -link.strength_rank)
    return Explanation(
        one_owner=mine,
        other_owner=theirs,
        chain=_chain(links, one, other) if mine == theirs else [],
        size=size,
        bridges=bridges[:BRIDGES_AT_MOST] if size >= LARGE else [],
        refused=_refused(connection, mine, theirs) if mine != theirs else [],
        decisions=_decided(connection, one, other),
    )


def _links(connection: duckdb.DuckDBPyConnection, customer_id: str) -> list[Link]:
    evidence: dict[frozenset[Identifier], list[dict[str, Any]]] = {}
    given = {"customer_id": customer_id}
    for row in lookup.rows(
        connection,
        """
        from marts.bridge_identity_evidence where customer_id = $customer_id
        order by source, kind
        """,
        given,
    ):
        evidence.setdefault(frozenset(pair_of(row)), []).append(row)
    found = lookup.rows(
        connection,
        """
        from marts.bridge_identity_links
        where customer_id = $customer_id and is_backbone
        order by strength_rank
        """,
        given,
    )
    return [
        Link(
            *pair_of(row),
            row["strength_rank"],
            row["is_bridge"],
            row["split_size"],
            evidence.get(frozenset(pair_of(row)), []),
        )
        for row in found
    ]


def _chain(backbone: list[Link], one: Identifier, other: Identifier) -> list[Link]:
    """Return the way between two identifiers; a tree has only one."""
    ways: dict[Identifier, list[tuple[Identifier, Link]]] = {}
    for link in backbone:
        ways.setdefault(link.one, []).append((link.other, link))
        ways.setdefault(link.other, []).append((link.one, link))
    came: dict[Identifier, tuple[Identifier, Link] | None] = {one: None}
    waiting = deque([one])
    while waiting and other not in came:
        here = waiting.popleft()
        for there, link in ways.get(here, ()):
            if there not in came:
                came[there] = (here, link)
                waiting.append(there)
    chain: list[Link] = []
    step = came.get(other)
    while step:
        chain.append(step[1])
        step = came[step[0]]
    return chain[::-1]


def _refused(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> list[dict[str, Any]]:
    return lookup.rows(
        connection,
        """
        from marts.bridge_identity_refused_links
        where
            (left_customer_id = $one and right_customer_id = $other)
            or (left_customer_id = $other and right_customer_id = $one)
        order by refusal_reason, evidence_id
        """,
        {"one": one, "other": other},
    )


def _decided(
    connection: duckdb.DuckDBPyConnection, one: Identifier, other: Identifier
) -> list[dict[str, Any]]:
    both = dict(zip(("left", "right"), sorted((one, other)), strict=True))
    given = {
        f"{side}_{name}": value
        for side, identifier in both.items()
        for name, value in zip(COLUMNS, identifier, strict=True)
    }
    conditions = " and ".join(f"{name} = ${name}" for name in given)
    return lookup.rows(
        connection,
        f"from marts.bridge_identity_decisions where {conditions}",
        given,
    )
