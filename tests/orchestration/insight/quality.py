"""How good a map of identities is, measured against the sandbox's truth: pairs of identifiers that
were joined rightly (precision), and pairs that evidence ties and that were joined (recall).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

ALL = "all"


@dataclass(frozen=True)
class Quality:
    """Pairs of one stratum of persons."""

    joined: int  # pairs of identifiers in one person of the map
    rightly: int  # of these, pairs that one person owns
    tied: int  # pairs that a chain of true evidence ties
    found: int  # of these, pairs in one person of the map

    @property
    def precision(self) -> float:
        """Return the share of joined pairs that belong together."""
        return self.rightly / self.joined if self.joined else 1.0

    @property
    def recall(self) -> float:
        """Return the share of tied pairs that were joined."""
        return self.found / self.tied if self.tied else 1.0


def measure(warehouse: Path, sandbox: Path) -> dict[str, Quality]:
    """Compare bridge_customer_identifiers with the truth, by stratum and over all.

    A pair joined wrongly counts in the strata of both its persons. Identifiers that two persons
    share are right with either; junk is nobody's and must not be in the map at all.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        for name in ("identifiers", "persons"):
            connection.execute(
                f"create view truth_{name} as from read_parquet('{sandbox}/truth_{name}.parquet')"
            )
        connection.execute(_OWNED)
        rows = connection.execute(_JOINED).fetchall()
        joined = {stratum: (pairs, rightly) for stratum, pairs, rightly in rows}
        rows = connection.execute(_TIED).fetchall()
        tied = {stratum: (pairs, found) for stratum, pairs, found in rows}
    return {
        stratum: Quality(*joined.get(stratum, (0, 0)), *tied.get(stratum, (0, 0)))
        for stratum in sorted(joined.keys() | tied.keys())
    }


def junk_in_map(warehouse: Path, sandbox: Path) -> list[tuple[str, str]]:
    """Return the values that are nobody's and yet are somebody's in the map."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        return connection.execute(
            f"""
            select distinct truth.identifier_type, truth.value
            from read_parquet('{sandbox}/truth_identifiers.parquet') as truth
            inner join warehouse.marts.bridge_customer_identifiers as identifiers
                on truth.identifier_type = identifiers.identifier_type
                and truth.namespace = identifiers.identifier_namespace
                and truth.value = identifiers.identifier_value
            where truth.is_junk
            """
        ).fetchall()


def identified_persons(warehouse: Path, sandbox: Path) -> tuple[int, int]:
    """Return how many identified persons the map has, and how many it should have.

    What no record ties cannot be known to be one person: the truth counts its components. A mailbox
    that is all we know of somebody makes no component, and no person is counted for it.
    """
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        return connection.execute(
            f"""
            with truth as (
                select distinct component_id
                from read_parquet('{sandbox}/truth_identifiers.parquet')
                where
                    component_id is not null
                    and identifier_type in ('user_id', 'email', 'phone', 'crm_contact_id')
            )

            select
                (select count(*) from warehouse.marts.dim_customers where is_identified),
                (select count(*) from truth)
            """
        ).fetchall()[0]


_OWNED = """
create table owned as
select
    truth.identifier_type || '|' || truth.namespace || '|' || truth.value as identifier,
    truth.person_id,
    truth.component_id,
    truth.is_shared,
    persons.stratum,
    identifiers.customer_id,
from truth_identifiers as truth
inner join truth_persons as persons
    on truth.person_id = persons.person_id
left join warehouse.marts.bridge_customer_identifiers as identifiers
    on truth.identifier_type = identifiers.identifier_type
    and truth.namespace = identifiers.identifier_namespace
    and truth.value = identifiers.identifier_value
where not truth.is_junk
"""

_JOINED = f"""
with pairs as (
    select
        one.identifier as one,
        other.identifier as other,
        bool_or(one.person_id = other.person_id) as is_right,
        list_distinct(list(one.stratum) || list(other.stratum)) as strata,
    from owned as one
    inner join owned as other
        on one.customer_id = other.customer_id
        and one.identifier < other.identifier
    group by all
),

counted as (
    select '{ALL}' as stratum, is_right from pairs
    union all
    select unnest(strata) as stratum, is_right from pairs
)

select stratum, count(*), count(*) filter (where is_right)
from counted
group by all
"""

_TIED = f"""
with pieces as (
    select stratum, component_id, customer_id, count(*) as size
    from owned
    where component_id is not null and not is_shared
    group by all
),

counted as (
    select
        stratum,
        component_id,
        sum(size) * (sum(size) - 1) // 2 as pairs,
        coalesce(
            sum(size * (size - 1) // 2) filter (where customer_id is not null), 0
        ) as found,
    from pieces
    group by all
)

select '{ALL}', cast(sum(pairs) as bigint), cast(sum(found) as bigint) from counted
union all
select stratum, cast(sum(pairs) as bigint), cast(sum(found) as bigint)
from counted
group by all
"""
