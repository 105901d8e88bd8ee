"""Group commit: messages that arrive during one commit share the next one.

A commit waits some milliseconds for the disk. One commit per message would limit the receiver to that
rate. Sharing a commit adds no wait to a message and allows thousands per second.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from ingestion.control import store as control
from ingestion.errors import KetteError
from ingestion.webhooks import inbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ingestion.webhooks.inbox import Message

BATCH_MESSAGES = 500
# beyond this the receiver asks vendors to come back later instead of filling the memory
WAITING_BYTES = 32 * 1024 * 1024


class NotStoredError(Exception):
    """A message could not be stored; the vendor is to send it again."""


class Writer:
    """The one writer of the inbox in this process."""

    def __init__(self) -> None:
        self.commits = 0
        self.commit_seconds = 0.0
        self._waiting: list[tuple[Message | None, asyncio.Future[bool]]] = []
        self._bytes = 0
        self._arrived = asyncio.Event()

    async def store(self, message: Message) -> bool:
        """Store a message and return, once it is durable, whether it is new.

        Raises:
            NotStoredError: The store cannot be written, or too much waits for it.
        """
        if self._bytes + len(message.body) > WAITING_BYTES:
            raise NotStoredError("too many messages are waiting to be stored")
        self._bytes += len(message.body)
        try:
            return await self._enqueue(message)
        finally:
            self._bytes -= len(message.body)

    async def probe(self) -> None:
        """Commit something on the way a message goes.

        Raises:
            NotStoredError: The store cannot be written.
        """
        await self._enqueue(None)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write while the block runs, and at its end what still waits."""
        task = asyncio.create_task(self._write())
        try:
            yield
        finally:
            while self._waiting and not task.done():
                await asyncio.wait([future for _, future in self._waiting])
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _enqueue(self, message: Message | None) -> bool:
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((message, future))
        self._arrived.set()
        return await future

    async def _write(self) -> None:
        while True:
            await self._arrived.wait()
            batch = self._waiting[:BATCH_MESSAGES]
            del self._waiting[:BATCH_MESSAGES]
            if not self._waiting:
                self._arrived.clear()
            began = time.perf_counter()
            try:
                outcome = await asyncio.to_thread(_commit, [message for message, _ in batch])
            except (SQLAlchemyError, OSError, KetteError) as error:
                failure = NotStoredError(f"the store cannot be written: {_cause(error)}")
                for _, future in batch:
                    if not future.done():
                        future.set_exception(failure)
                continue
            self.commits += 1
            self.commit_seconds += time.perf_counter() - began
            for (_, future), is_new in zip(batch, outcome, strict=True):
                if not future.done():
                    future.set_result(is_new)


def _commit(batch: list[Message | None]) -> list[bool]:
    if None in batch:
        control.remember("webhooks_probed_at", control.now().isoformat())
    messages = [message for message in batch if message is not None]
    stored = iter(inbox.store(messages) if messages else ())
    return [message is not None and next(stored) for message in batch]


def _cause(error: Exception) -> str:
    """Return the driver's own words: SQLAlchemy's message would show the values too."""
    if isinstance(error, KetteError):
        return error.what
    return str(getattr(error, "orig", None) or type(error).__name__)
