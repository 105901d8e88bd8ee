"""The inbox of webhook messages in the control store, durable and without repetitions.

A drained message stays, so that repetitions are recognised later and a lost warehouse can be filled
again. Draining has three steps: *claim* the waiting messages, read them, and mark them as drained once
their load is committed. A crash between two steps repeats work but loses nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ingestion.control import engine, store as control, tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from ingestion.toolkit.source import Kept

PAGE_ROWS = 1000
# both say "on conflict do nothing", each in a class of its own
_INSERT: dict[str, Callable[[sa.Table], Any]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
_inbox = tables.webhook_inbox


@dataclass(frozen=True)
class Message:
    """A verified message as it came in.

    ``sender`` tells apart those whose messages wait for one source: they may send equal bodies.
    ``is_id_signed`` says that the id is the sender's own word. One in a header that no signature
    covers may be anybody's: it is a label, and what is signed tells messages apart.
    """

    source: str
    event_id: str
    event: str | None
    body: bytes
    received_at: datetime
    sender: str = ""
    is_id_signed: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Return what tells it apart by what is signed."""
        return self.source, body_hash(self.body, self.sender)


def body_hash(body: bytes, sender: str = "") -> str:
    """Return what tells two bodies apart."""
    return hashlib.sha256(sender.encode() + body).hexdigest()


def store(messages: Sequence[Message]) -> list[bool]:
    """Store messages in one transaction; when this returns they survive a crash.

    Args:
        messages: Verified messages.

    Returns:
        For each message whether it is new; a repeated one (same body, or same signed id) is not
        stored again.
    """
    with control.begin() as connection:
        # this process may have opened the store before it was moved
        engine.refuse_moved(connection)
        added = _add(connection, [_row(each, each.event_id) for each in messages])
        # another body under an id that is anybody's is a message of its own
        others = [each for each in messages if not each.is_id_signed and each.key not in added]
        added |= _add(connection, [_row(each, f"{each.event_id}:{each.key[1]}") for each in others])
    outcome = []
    for message in messages:
        outcome.append(message.key in added)
        added.discard(message.key)  # the same message a second time in this batch
    return outcome


def _row(message: Message, event_id: str) -> dict[str, Any]:
    return {
        "source": message.source,
        "event_id": event_id,
        "body_hash": message.key[1],
        "received_at": message.received_at,
        "event": message.event,
        "body": message.body,
    }


def _add(connection: sa.Connection, rows: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Add the rows whose id and body are new; return the keys of their messages."""
    if not rows:
        return set()
    insert = _INSERT[connection.dialect.name](_inbox)
    statement = insert.on_conflict_do_nothing().returning(_inbox.c.source, _inbox.c.body_hash)
    return {tuple(row) for row in connection.execute(statement, rows)}


def waiting() -> dict[str, int]:
    """Return how many messages of each source wait to be drained."""
    statement = (
        sa.select(_inbox.c.source, sa.func.count())
        .where(_inbox.c.drained_at.is_(None))
        .group_by(_inbox.c.source)
    )
    with control.engine().connect() as connection:
        return dict(connection.execute(statement).tuples().all())


def undrained(source: str) -> Iterator[list[dict[str, Any]]]:
    """Yield a source's waiting messages in pages, in the order of their arrival; none is claimed."""
    yield from _pages((_inbox.c.source == source) & _inbox.c.drained_at.is_(None))


def claim(source: str, load_id: str, *, everything: bool, up_to: int | None = None) -> None:
    """Claim a source's waiting messages for the load that is about to read them.

    Args:
        source: Name of the source.
        load_id: Id of that load.
        everything: Claim the drained ones too, because the warehouse holds none of them.
        up_to: Number of the last message to claim; later ones go on waiting.
    """
    which = _inbox.c.source == source
    if not everything:
        which = which & _inbox.c.drained_at.is_(None)
    if up_to is not None:
        which = which & (_inbox.c.id <= up_to)
    with control.begin() as connection:
        connection.execute(sa.update(_inbox).where(which).values(load_id=load_id, drained_at=None))


def claimed(source: str, load_id: str) -> Iterator[list[dict[str, Any]]]:
    """Yield the messages a load has claimed in pages, in the order of their arrival."""
    yield from _pages((_inbox.c.source == source) & (_inbox.c.load_id == load_id))


def again(source: str, kept: Kept) -> dict[str, Any]:
    """Return a message that its source refused: as it came in, or as the quarantine keeps it."""
    found = control.rows(
        sa.select(_inbox).where(_inbox.c.source == source, _inbox.c.event_id == kept.key)
    )
    as_kept = {"body": kept.payload, "event_id": kept.key, "received_at": kept.first_seen_at}
    return found[0] if found else as_kept


def _pages(which: sa.ColumnElement[bool]) -> Iterator[list[dict[str, Any]]]:
    last = 0
    while True:
        page = control.rows(
            sa.select(_inbox)
            .where(which, _inbox.c.id > last)
            .order_by(_inbox.c.id)
            .limit(PAGE_ROWS)
        )
        if not page:
            return
        yield page
        last = page[-1]["id"]


def release(source: str, load_ids: Sequence[str]) -> None:
    """Let messages wait again whose loads are no longer in the warehouse."""
    with control.begin() as connection:
        for some in control.batches(load_ids, PAGE_ROWS // 2):
            which = (_inbox.c.source == source) & _inbox.c.load_id.in_(some)
            connection.execute(sa.update(_inbox).where(which).values(load_id=None, drained_at=None))


def mark_drained(source: str, load_id: str) -> None:
    """Mark the messages that a load has claimed as drained; the load is committed."""
    which = (_inbox.c.source == source) & (_inbox.c.load_id == load_id)
    with control.begin() as connection:
        connection.execute(sa.update(_inbox).where(which).values(drained_at=control.now()))
