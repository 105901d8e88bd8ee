"""Which people and which companies may be the same: found by similarity, decided by people.

Nothing here joins anything. A proposal names one identifier of each of the two. Accepting it writes
down a join, which is evidence by hand (`decisions`), and the next build follows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.control.decisions import COLUMNS, Identifier, pair_of
from orchestration.identity_review import lookup
from orchestration.insight.identity import matching
from orchestration.insight.identity.matching import Kind, Plan

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from orchestration.insight.identity.matching import Pair

TABLE = tables.identity_proposals
LEAST = 0.5
# what stands around a person's name, and behind a company's
TITLES = ("dr", "prof", "dipl", "ing", "herr", "frau", "mr", "mrs", "ms")
LEGAL_FORMS = (
    *("gmbh", "mbh", "ag", "ug", "kg", "kgaa", "ohg", "gbr", "ek", "ev", "eg", "se", "co", "cie"),
    *("inc", "ltd", "llc", "llp", "plc", "corp", "sa", "sas", "sarl", "srl", "spa", "bv", "nv"),
    *("oy", "ab", "as", "aps", "haftungsbeschraenkt"),
)
PLANS = {
    lookup.PERSON: Plan(
        fields={
            "given_name": Kind.NAME,
            "surname": Kind.NAME,
            "email": Kind.EMAIL,
            "phone": Kind.NUMBER,
            "company_name": Kind.PLACE,
            "city": Kind.PLACE,
        },
        blocks=(
            ("surname", "given_name"),
            ("surname", "company_name"),
            ("given_name", "company_name"),
            ("phone",),
            ("email_name",),
            ("email_start",),
        ),
        sure=(("given_name", "surname", "company_name"), ("given_name", "surname", "phone")),
    ),
    lookup.ACCOUNT: Plan(
        # a domain is mostly made of the name: that it is alike says nothing new, that it is the same does
        fields={"account_name": Kind.COMPANY, "domain_name": Kind.PLACE, "city": Kind.PLACE},
        blocks=(("name_start",), ("domain_name",)),
        sure=(("account_name", "city"), ("domain_name",)),
    ),
}


@dataclass(frozen=True)
class Found:
    """What a look brought."""

    records: int
    proposed: int
    # proposals that a look before had made and this one does not
    withdrawn: int


def propose(entity: str, least: float = LEAST) -> Found:
    """Look for doubles in what is published, and keep what is found for review.

    Staff, tests and bots are left out, and so is what somebody has decided on.

    Args:
        entity: ``person`` or ``account``.
        least: Probability from which on two are proposed.

    Raises:
        KetteError: Nothing is published, or Splink is not installed.
    """
    with lookup.published() as connection:
        table = _records(connection, entity)
        names = _identifiers(connection, entity)
        decided = _decided(connection, entity)
    pairs = [
        pair
        for pair in matching.pairs([table], PLANS[entity], least=least)
        if frozenset((pair.left, pair.right)) not in decided
        and {pair.left, pair.right} <= names.keys()
    ]
    return Found(table.num_rows, len(pairs), _keep(entity, pairs, names))


def _keep(entity: str, pairs: list[Pair], names: dict[str, Identifier]) -> int:
    """Write the proposals down; return how many earlier ones are withdrawn."""
    now = store.now()
    rows: dict[tuple[Identifier, Identifier], dict[str, Any]] = {}
    for pair in pairs:
        left, right = sorted((names[pair.left], names[pair.right]))
        rows[left, right] = {
            "entity": entity,
            **_columns(left, right),
            "probability": pair.probability,
            "agreement": {name: str(value) for name, value in pair.agreement.items()},
            "withdrawn_at": None,
        }
    known = {pair_of(row): row for row in store.rows(sa.select(TABLE))}
    gone = [
        row
        for both, row in known.items()
        if row["entity"] == entity and row["withdrawn_at"] is None and both not in rows
    ]
    with store.begin() as connection:
        for both, row in rows.items():
            since = known[both]["proposed_at"] if both in known else now
            store.upsert(connection, TABLE, {**row, "proposed_at": since})
        for row in gone:
            store.upsert(connection, TABLE, {**row, "withdrawn_at": now})
    return len(gone)


def _columns(left: Identifier, right: Identifier) -> dict[str, str]:
    return {
        f"{side}_{name}": value
        for side, identifier in (("left", left), ("right", right))
        for name, value in zip(COLUMNS, identifier, strict=True)
    }


def _decided(connection: duckdb.DuckDBPyConnection, entity: str) -> set[frozenset[str]]:
    """Return the pairs of persons (or accounts) about whom somebody has decided."""
    owners = _owners(connection, entity)
    found = (pair_of(row) for row in store.effective_decisions())
    return {
        frozenset((owners[one], owners[other]))
        for one, other in found
        if one in owners and other in owners
    }


def _owners(connection: duckdb.DuckDBPyConnection, entity: str) -> dict[Identifier, str]:
    table, owner = lookup.TABLES[entity]
    rows = connection.execute(
        f"select identifier_type, identifier_namespace, identifier_value, {owner} from {table}"  # noqa: S608 - our own names
    ).fetchall()
    return {Identifier(*row[:3]): str(row[3]) for row in rows}


def _identifiers(connection: duckdb.DuckDBPyConnection, entity: str) -> dict[str, Identifier]:
    """Return by which of its own identifiers people know each best: an address, a telephone, by rule.

    Of what several people use a decision would tell nothing about the person.
    """
    table, owner = lookup.TABLES[entity]
    is_shared = lookup.SHARED[entity]
    rows = connection.execute(
        f"""
        select {owner}, identifier_type, identifier_namespace, identifier_value
        from {table}
        inner join catalogue.identity_rules using (identifier_type)
        qualify row_number() over (
            partition by {owner}
            order by
                {is_shared},
                case identifier_type when 'email' then 0 when 'phone' then 1 else 2 end,
                priority, identifier_value, identifier_namespace
        ) = 1
        """  # noqa: S608 - our own names
    ).fetchall()
    return {str(row[0]): Identifier(*row[1:]) for row in rows}


def _plain(text: str) -> str:
    """Return the SQL of a text as it is compared: small letters, umlauts written out, no signs."""
    text = f"lower(nfc_normalize({text}))"
    for letter, written in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = f"replace({text}, '{letter}', '{written}')"
    return f"trim(regexp_replace(strip_accents({text}), '[^a-z0-9]+', ' ', 'g'))"


def _without(words: tuple[str, ...], text: str) -> str:
    """Return the SQL of a text's words without some, as a list."""
    return f"list_filter(string_split({text}, ' '), lambda word: word not in {(*words, '')})"


def _records(connection: duckdb.DuckDBPyConnection, entity: str) -> pa.Table:
    query = _PERSONS if entity == lookup.PERSON else _ACCOUNTS
    return connection.execute(query).to_arrow_table()


# "Kern, Mia" is Mia Kern; of several names the first and the last count, and who gives only one
# gives the first. Whose company nobody states belongs to the account's.
_PERSONS = f"""
    with words as (
        select
            persons.*,
            {
    _without(
        TITLES,
        _plain(
            "case when full_name like '%_,_%' then split_part(full_name, ',', 2) || ' ' "
            "|| split_part(full_name, ',', 1) else full_name end"
        ),
    )
} as name_words,
            {_without(LEGAL_FORMS, _plain("coalesce(company_name, account_name)"))}
                as company_words,
            split_part(email, '@', 1) as local_part
        from marts.dim_customers as persons
        left join (select account_id, account_name from marts.dim_accounts) using (account_id)
        where not is_internal and coalesce(full_name, email, phone) is not null
    )
    select
        customer_id as {matching.ID},
        name_words[1] as given_name,
        case when len(name_words) > 1 then name_words[-1] end as surname,
        email,
        nullif(regexp_replace(phone, '[^0-9]', '', 'g'), '') as phone,
        nullif(list_aggregate(company_words, 'string_agg', ''), '') as company_name,
        nullif({_plain("city")}, '') as city,
        case when length(local_part) >= 5 then local_part end as email_name,
        split_part(email, '@', 2) || '|' || left(local_part, 3) as email_start
    from words
"""  # noqa: S608 - words of this module
_ACCOUNTS = f"""
    with words as (
        select
            *,
            nullif(list_aggregate(
                {_without(LEGAL_FORMS, _plain("account_name"))}, 'string_agg', ' '
            ), '') as name_words
        from marts.dim_accounts
        where not is_internal
    )
    select
        account_id as {matching.ID},
        name_words as account_name,
        nullif(regexp_replace(regexp_replace(lower(domain), '^www\\.', ''), '\\.[^.]+$', ''), '')
            as domain_name,
        nullif({_plain("city")}, '') as city,
        left(replace(name_words, ' ', ''), 4) as name_start
    from words
"""  # noqa: S608 - as above
