"""The map of people: how accurate it is, what ties people together, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dashboards import warehouse
from explore import intervals

if TYPE_CHECKING:
    from datetime import datetime

LARGEST = 10
REFUSED_AT_MOST = 25
MISTAKES_AT_MOST = 25
SUSPECTS_AT_MOST = 50


@dataclass(frozen=True)
class Scores:
    """How the map fared against what was told later; each count is of pairs of identifiers."""

    confirmed: int
    contradicted: int
    missed: int
    not_known_before: int
    map_as_of: datetime | None

    @property
    def judged(self) -> int:
        """Return how many pairs the map could have known."""
        return self.confirmed + self.contradicted + self.missed

    @property
    def precision(self) -> float | None:
        """Return the share of the map's answers that were right."""
        claimed = self.confirmed + self.contradicted
        return self.confirmed / claimed if claimed else None

    @property
    def recall(self) -> float | None:
        """Return the share of the proven pairs that the map had as one person."""
        return self.confirmed / self.judged if self.judged else None

    @property
    def f1(self) -> float | None:
        """Return the harmonic mean of both: a wrong answer is also one that was not found."""
        both = 2 * self.confirmed + 2 * self.contradicted + self.missed
        return 2 * self.confirmed / both if both else None

    @property
    def precision_interval(self) -> tuple[float, float] | None:
        """Return its 95 % interval."""
        return intervals.wilson(self.confirmed, self.confirmed + self.contradicted)

    @property
    def recall_interval(self) -> tuple[float, float] | None:
        """Return its 95 % interval."""
        return intervals.wilson(self.confirmed, self.judged)


_VERDICTS = """
    cast(coalesce(sum(confirmed_count), 0) as bigint) as confirmed,
    cast(coalesce(sum(contradicted_count), 0) as bigint) as contradicted,
    cast(coalesce(sum(missed_count), 0) as bigint) as missed,
    cast(coalesce(sum(not_known_before_count), 0) as bigint) as not_known_before,
    any_value(map_as_of) as map_as_of
"""


@warehouse.cached
def scores(path: str, *, is_repeated: bool = False) -> Scores:
    """Return how the map fared against the logins and merges that came later.

    Args:
        path: The published file.
        is_repeated: By those that tell again what the map was made of, which judge it by its own
            evidence; by default those that tell of a pair for the first time.
    """
    found = warehouse.rows(
        path,
        f"""
        select {_VERDICTS}
        from metrics.mtr_identity_verdicts
        where is_repeated = $is_repeated
        """,  # noqa: S608 - the inserted text is a constant of this module
        {"is_repeated": is_repeated},
    )
    return Scores(**found[0])


@warehouse.cached
def scores_by_kind(path: str) -> list[tuple[dict[str, Any], Scores]]:
    """Return the same for each kind of proof, the new ones apart from those told again."""
    found = warehouse.rows(
        path,
        f"""
        select kind, source, is_repeated, {_VERDICTS}
        from metrics.mtr_identity_verdicts
        group by all
        order by kind, source, is_repeated
        """,  # noqa: S608 - the inserted text is a constant of this module
    )
    names = ("kind", "source", "is_repeated")
    return [({name: row.pop(name) for name in names}, Scores(**row)) for row in found]


@warehouse.cached
def mistakes(path: str) -> list[dict[str, Any]]:
    """Return the pairs that the map had wrong or did not have, the latest first.

    One more than ``MISTAKES_AT_MOST`` is returned where there are more.
    """
    return warehouse.rows(
        path,
        """
        select left_type, left_value, right_type, right_value, kind, source, labelled_at, verdict
        from marts.fct_identity_labels
        where verdict in ('contradicted', 'missed')
        order by labelled_at desc, label_id
        limit $limit
        """,
        {"limit": MISTAKES_AT_MOST + 1},
    )


@warehouse.cached
def size(path: str) -> dict[str, Any]:
    """Return how many persons and identifiers there are, and how many persons are identified."""
    return warehouse.rows(
        path,
        """
        with sizes as (
            select customer_id, count(*) as identifier_count
            from marts.bridge_customer_identifiers
            group by all
        )

        select
            count(*) as person_count,
            count(*) filter (where customers.is_identified) as identified_count,
            cast(coalesce(sum(sizes.identifier_count), 0) as bigint) as identifier_count,
            cast(
                coalesce(
                    sum(sizes.identifier_count) filter (where customers.is_identified), 0
                ) as bigint
            ) as identifier_count_of_identified,
            coalesce(max(sizes.identifier_count), 0) as largest_count
        from marts.dim_customers as customers
        inner join sizes
            on customers.customer_id = sizes.customer_id
        """,
    )[0]


@warehouse.cached
def largest(path: str) -> list[dict[str, Any]]:
    """Return the persons with the most identifiers, with the links to doubt first.

    ``weakest`` is the weakest link that holds the person together, ``bridge`` the one that would
    split off most; each has both ends and ``split_size``, and is None where there is none.
    """
    return warehouse.rows(
        path,
        """
        with sizes as (
            select customer_id, count(*) as identifier_count
            from marts.bridge_customer_identifiers
            group by all
            order by identifier_count desc, customer_id
            limit $limit
        ),

        links as (
            select
                customer_id, is_backbone, is_bridge, strength_rank, split_size,
                {
                    'left_type': left_type, 'left_namespace': left_namespace,
                    'left_value': left_value, 'right_type': right_type,
                    'right_namespace': right_namespace, 'right_value': right_value,
                    'split_size': split_size
                } as link
            from marts.bridge_identity_links
        )

        select
            sizes.customer_id, customers.full_name, customers.email, customers.is_identified,
            customers.is_internal, sizes.identifier_count,
            arg_max(links.link, links.strength_rank) filter (where links.is_backbone) as weakest,
            arg_max(links.link, (links.split_size, links.strength_rank))
                filter (where links.is_bridge and links.split_size > 1) as bridge
        from sizes
        inner join marts.dim_customers as customers
            on sizes.customer_id = customers.customer_id
        left join links
            on sizes.customer_id = links.customer_id
        group by all
        order by sizes.identifier_count desc, sizes.customer_id
        """,
        {"limit": LARGEST},
    )


@warehouse.cached
def links(path: str, customer_id: str) -> list[dict[str, Any]]:
    """Return the links inside a person, the strongest first, each with what tells of it."""
    return warehouse.rows(
        path,
        """
        select
            links.left_type, links.left_namespace, links.left_value, links.right_type,
            links.right_namespace, links.right_value, links.strength_rank, links.is_backbone,
            links.is_bridge, links.split_size,
            list(
                {
                    'source': evidence.source, 'kind': evidence.kind,
                    'last_seen_at': evidence.last_seen_at,
                    'evidence_count': evidence.evidence_count
                }
                order by evidence.source, evidence.kind
            ) filter (where evidence.kind is not null) as evidence
        from marts.bridge_identity_links as links
        left join marts.bridge_identity_evidence as evidence
            on links.customer_id = evidence.customer_id
            and (
                (
                    links.left_type = evidence.left_type
                    and links.left_namespace = evidence.left_namespace
                    and links.left_value = evidence.left_value
                    and links.right_type = evidence.right_type
                    and links.right_namespace = evidence.right_namespace
                    and links.right_value = evidence.right_value
                )
                or (
                    links.left_type = evidence.right_type
                    and links.left_namespace = evidence.right_namespace
                    and links.left_value = evidence.right_value
                    and links.right_type = evidence.left_type
                    and links.right_namespace = evidence.left_namespace
                    and links.right_value = evidence.left_value
                )
            )
        where links.customer_id = $customer_id
        group by all
        order by links.strength_rank
        """,
        {"customer_id": customer_id},
    )


@warehouse.cached
def refusals(path: str) -> list[dict[str, Any]]:
    """Return how many links were refused for which reason, and between how many persons."""
    return warehouse.rows(
        path,
        """
        with ends as (
            from marts.bridge_identity_refused_links
            select refusal_reason, evidence_id, left_customer_id as customer_id
            union all
            from marts.bridge_identity_refused_links
            select refusal_reason, evidence_id, right_customer_id as customer_id
        )

        select
            refusal_reason,
            count(distinct evidence_id) as link_count,
            count(distinct customer_id) as person_count
        from ends
        group by all
        order by link_count desc, refusal_reason
        """,
    )


@warehouse.cached
def refused(path: str, reason: str) -> list[dict[str, Any]]:
    """Return links that were refused for a reason, the last seen first.

    One more than ``REFUSED_AT_MOST`` is returned where there are more.
    """
    return warehouse.rows(
        path,
        """
        select
            left_type, left_value, right_type, right_value, source, kind, first_seen_at,
            last_seen_at, evidence_count
        from marts.bridge_identity_refused_links
        where refusal_reason = $reason
        order by last_seen_at desc nulls last, evidence_id
        limit $limit
        """,
        {"reason": reason, "limit": REFUSED_AT_MOST + 1},
    )


@warehouse.cached
def suspects(path: str) -> list[dict[str, Any]]:
    """Return identifiers that look like nobody's, those tied to most persons first.

    One more than ``SUSPECTS_AT_MOST`` is returned where there are more.
    """
    return warehouse.rows(
        path,
        """
        select
            identifier_type, identifier_namespace, identifier_value, link_count, person_count,
            usual_link_count, usual_person_count
        from marts.bridge_identity_suspects
        order by person_count desc, link_count desc, identifier_type, identifier_value
        limit $limit
        """,
        {"limit": SUSPECTS_AT_MOST + 1},
    )
