"""What people decide about identities, kept in the control store with who, when and why.

Rows are only added. If a pair of identifiers has several decisions, the latest wins. A build copies the
valid decisions into the warehouse, where the models read them like other evidence. A control store
that lost its decisions gets them back from there.
"""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.errors import KetteError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JOIN, CUT, REJECT, REVOKE = "join", "cut", "reject", "revoke"
COLUMNS = ("type", "namespace", "value")
TABLE = tables.identity_decisions
# where models read them
IN_WAREHOUSE = "kette.identity_decisions"
KEPT = (
    "action",
    *(f"{side}_{name}" for side in ("left", "right") for name in COLUMNS),
    "why",
    "decided_by",
    "decided_at",
)


class Identifier(NamedTuple):
    """An identifier of a person or an account."""

    type: str
    namespace: str
    value: str

    def __str__(self) -> str:
        """Return it as commands take it."""
        return f"{self.type}@{self.namespace}:{self.value}"


def decide(
    action: str, one: Identifier, other: Identifier, *, why: str, by: str | None = None
) -> None:
    """Write down a decision about two identifiers.

    Args:
        action: ``join``, ``cut``, ``reject`` or ``revoke``.
        one: The one identifier; the order of the two does not matter.
        other: The other identifier.
        why: The reason, for whoever reads it later.
        by: Who decided; the present user by default.

    Raises:
        KetteError: No reason is given, the two are the same, or nothing is there to revoke.
    """
    if not why.strip():
        raise KetteError("a decision needs a reason", where="identity", fix="Give it with --why")
    if one == other:
        raise KetteError("both are the same identifier", where="identity", fix="Name two")
    if action == REVOKE and _pair(one, other) not in {pair_of(row) for row in effective()}:
        raise KetteError(
            "nothing was decided about these two",
            where="identity",
            fix="`kette identity decisions` lists what was",
        )
    left, right = _pair(one, other)
    values = {
        f"{side}_{name}": value
        for side, identifier in (("left", left), ("right", right))
        for name, value in zip(COLUMNS, identifier, strict=True)
    }
    with store.begin() as connection:
        connection.execute(
            sa.insert(TABLE).values(
                action=action,
                why=why.strip(),
                decided_by=by or getpass.getuser(),
                decided_at=store.now(),
                **values,
            )
        )


def history() -> list[dict[str, Any]]:
    """Return everything that was ever decided, the latest first."""
    return store.rows(sa.select(TABLE).order_by(TABLE.c.id.desc()))


def effective() -> list[dict[str, Any]]:
    """Return the decisions that count: the latest about each pair, unless it revokes."""
    return store.effective_decisions()


def pair_of(row: Mapping[str, Any]) -> tuple[Identifier, Identifier]:
    """Return the two identifiers of a row."""
    left, right = (
        Identifier(*(row[f"{side}_{name}"] for name in COLUMNS)) for side in ("left", "right")
    )
    return left, right


def hand_over(connection: Any) -> None:
    """Copy the decisions that count into the warehouse, over a connection to it."""
    _take_back(connection)
    rows = sorted(effective(), key=lambda row: row["id"])
    given = [[row[name] for name in ("id", *KEPT)] for row in rows]
    connection.execute("begin")
    connection.execute(f"delete from {IN_WAREHOUSE}")  # noqa: S608 - our own name
    _insert(connection, given)
    connection.execute("commit")


def _take_back(connection: Any) -> None:
    """Take decisions from the warehouse that the control store lost: its rows are only added."""
    known = {tuple(row[name] for name in KEPT) for row in store.rows(sa.select(TABLE))}
    columns = ", ".join(KEPT).replace("decided_at", "timezone('UTC', decided_at)")
    found = connection.execute(
        f"select {columns} from {IN_WAREHOUSE} order by decision_id"  # noqa: S608 - our own names
    ).fetchall()
    lost = [dict(zip(KEPT, row, strict=True)) for row in found if row not in known]
    if lost:
        with store.begin() as transaction:
            transaction.execute(sa.insert(TABLE), lost)


def _insert(connection: Any, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"insert into {IN_WAREHOUSE} values ({marks})", rows)  # noqa: S608 - our own name


def _pair(one: Identifier, other: Identifier) -> tuple[Identifier, Identifier]:
    return (one, other) if one < other else (other, one)
