"""Finds identifiers in the published data, and reads it without blocking anyone."""

from __future__ import annotations

import re
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import duckdb

from ingestion.control.decisions import Identifier
from ingestion.errors import KetteError
from orchestration import published_file

if TYPE_CHECKING:
    from collections.abc import Iterator

# type@namespace:value, the namespace may be left out
WRITTEN = re.compile(r"(?P<type>[a-z_]+)(?:@(?P<namespace>[a-z0-9_]+))?:(?P<value>.+)", re.DOTALL)
PERSON, ACCOUNT = "person", "account"
TABLES = {
    PERSON: ("marts.bridge_customer_identifiers", "customer_id"),
    ACCOUNT: ("marts.bridge_account_identifiers", "account_id"),
}
# whether several use an identifier, as SQL over its table and the rules; of accounts none says so
SHARED = {PERSON: "coalesce(is_shared, false) or not is_unique", ACCOUNT: "not is_unique"}
SHOWN_AT_MOST = 5


@contextmanager
def published() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open what is published, read-only.

    Raises:
        KetteError: Nothing is published.
    """
    path = published_file.current()
    if path is None:
        raise KetteError("nothing is published", where="identity", fix="Run `kette run`")
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def rows(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Run a query and return its rows as dictionaries."""
    result = connection.execute(query, parameters or {})
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def entity_of(connection: duckdb.DuckDBPyConnection, identifier: Identifier) -> str:
    """Return whether an identifier is a person's or an account's."""
    found = rows(
        connection,
        "select entity from catalogue.identity_rules where identifier_type = $type",
        {"type": identifier.type},
    )
    return str(found[0]["entity"]) if found else PERSON


def is_shared(connection: duckdb.DuckDBPyConnection, identifier: Identifier) -> bool:
    """Return whether people share an identifier, so that it belongs to one and joins nobody."""
    entity = entity_of(connection, identifier)
    table, _ = TABLES[entity]
    found = connection.execute(
        f"""
        select {SHARED[entity]}
        from {table} inner join catalogue.identity_rules using (identifier_type)
        where
            identifier_type = $type
            and identifier_namespace = $namespace
            and identifier_value = $value
        """,  # noqa: S608 - our own names
        identifier._asdict(),
    ).fetchall()
    return any(row[0] for row in found)


def find(connection: duckdb.DuckDBPyConnection, text: str) -> Identifier:
    """Return the identifier that a text means: ``type:value``, ``type@source:value`` or a value.

    Raises:
        KetteError: No identifier is called so, several are, or it is a blocked value.
    """
    meanings = _meanings(text.strip())
    found = next(filter(None, (_matching(connection, **meaning) for meaning in meanings)), [])
    if not found:
        for meaning in meanings:
            _refuse_blocked(connection, text, **meaning)
        raise KetteError(
            "no identifier in what is published is called so",
            where=f"identity {text!r}",
            fix="Write it as type:value, e.g. email:mia@firm.example; the page Customer shows them",
        )
    if len(found) > 1:
        forms = ", ".join(f"{one.type}@{one.namespace}:…" for one in found[:SHOWN_AT_MOST])
        raise KetteError(
            f"{len(found)} identifiers are called so",
            where=f"identity {text!r}",
            fix=f"Say {forms}",
        )
    return found[0]


def _meanings(text: str) -> list[dict[str, str | None]]:
    """Return what a text may mean, the likelier first."""
    written = WRITTEN.fullmatch(text)
    plain = {"type": None, "namespace": None, "value": text}
    return [written.groupdict(), plain] if written else [plain]


def _refuse_blocked(
    connection: duckdb.DuckDBPyConnection,
    text: str,
    *,
    type: str | None,  # noqa: A002 - the pattern's name for it
    namespace: str | None,
    value: str | None,
) -> None:
    """Refuse a value that is nobody's because it is blocked: only links that were refused know it."""
    sides = " union all ".join(
        f"select {side}_type as type, {side}_namespace as namespace, {side}_value as value "  # noqa: S608 - our own names
        "from marts.bridge_identity_refused_links where refusal_reason = 'blocked_value'"
        for side in ("left", "right")
    )
    ((count,),) = connection.execute(
        f"""
        select count(*) from ({sides})
        where
            type = coalesce($type, type)
            and namespace = coalesce($namespace, namespace)
            and lower(trim(value)) = lower(trim($value))
        """,  # noqa: S608 - as above
        {"type": type, "namespace": namespace, "value": value},
    ).fetchall()
    if count:
        raise KetteError(
            f"the value is blocked: it identifies nobody, and {count} links to it are refused",
            where=f"identity {text!r}",
            fix=(
                "seeds/blocked_identifiers.csv lists such values, and a text that is no e-mail "
                "address is one; once its line is out of the seed, the next build takes it as any"
            ),
        )


def _matching(
    connection: duckdb.DuckDBPyConnection,
    type: str | None,  # noqa: A002 - the pattern's name for it
    namespace: str | None,
    value: str | None,
) -> list[Identifier]:
    parts = " union all ".join(
        f"select identifier_type, identifier_namespace, identifier_value from {table}"  # noqa: S608 - our own names
        for table, _ in TABLES.values()
    )
    found = connection.execute(
        f"""
        select distinct identifier_type, identifier_namespace, identifier_value
        from ({parts})
        where
            identifier_type = coalesce($type, identifier_type)
            and identifier_namespace = coalesce($namespace, identifier_namespace)
            and identifier_value in ($value, lower($value))
        order by all
        """,  # noqa: S608 - as above
        {"type": type, "namespace": namespace, "value": value},
    ).fetchall()
    return [Identifier(*row) for row in found]


def owner(connection: duckdb.DuckDBPyConnection, identifier: Identifier) -> str:
    """Return the id of the person or account whose identifier it is.

    Raises:
        KetteError: It is nobody's.
    """
    table, column = TABLES[entity_of(connection, identifier)]
    found = connection.execute(
        f"""
        select {column} from {table}
        where
            identifier_type = $type
            and identifier_namespace = $namespace
            and identifier_value = $value
        """,  # noqa: S608 - our own names
        identifier._asdict(),
    ).fetchall()
    if not found:
        raise KetteError("nobody in what is published has it", where=str(identifier))
    return str(found[0][0])
