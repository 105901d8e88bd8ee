"""How many events a second the receiver makes durable, and how long one waits for its answer.

Events arrive at planned times, whether earlier ones are answered or not, and an answer's time is
counted from the plan: a receiver that stalls cannot hide it. Meanwhile it is killed again and
again. What is refused or not answered then is sent again beside the new, as vendors do, and its
time says how long a start takes and not how long an answer.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ingestion.control import store, tables
from tests.ingestion.webhooks.running import HOST, event, free_port, receiver

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.conftest import Record
    from tests.ingestion.webhooks.running import Event

RATE, LIFE_SECONDS, LIVES = 500, 10, 6
# for what is new, and for what is sent again
CONNECTIONS, CONNECTIONS_AGAIN = 31, 1
AT_ONCE = 5_000
MOST_WAIT, MOST_FSYNCS = 0.05, 5
SUBJECT = "Webhook receiver"


def packet(sent: Event) -> bytes:
    """Return an event as it goes over the wire."""
    head = {**sent.headers(), "Host": HOST, "Content-Length": str(len(sent.body))}
    lines = ["POST /webhooks/tawk HTTP/1.1", *(f"{name}: {text}" for name, text in head.items())]
    return "\r\n".join([*lines, "", ""]).encode() + sent.body


class Lives:
    """A receiver that is killed and started again on the same port."""

    def __init__(self, home: Path, lives: int, seconds: float) -> None:
        self.port = free_port()
        self.is_up, self.is_over = asyncio.Event(), asyncio.Event()
        # when nobody listened, from and until
        self.gaps: list[tuple[float, float]] = []
        self.started = 0.0
        self._home, self._lives, self._seconds = home, lives, seconds

    async def run(self) -> None:
        """Live every life; the last goes on until all is over."""
        died = 0.0
        for life in range(1, self._lives + 1):
            living = receiver(self._home, port=self.port)
            await asyncio.to_thread(living.__enter__)
            if died:
                self.gaps.append((died, time.perf_counter()))
            self.started = time.perf_counter()
            self.is_up.set()
            if life < self._lives:
                await asyncio.sleep(self._seconds)
            else:
                await self.is_over.wait()
            self.is_up.clear()
            died = time.perf_counter()
            living.__exit__(None, None, None)


@dataclass
class Sending:
    """What is to be sent, and what came of it."""

    lives: Lives
    new: asyncio.Queue[Item] = field(default_factory=asyncio.Queue)
    again: asyncio.Queue[Item] = field(default_factory=asyncio.Queue)
    # from the plan to the answer, of what was answered at once, and of what was sent again
    waits: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    last: float = 0

    async def send(self, waiting: asyncio.Queue[Item], waits: list[float]) -> None:
        """Send what waits over a connection of its own, for ever."""
        item: Item | None = None
        while True:
            await self.lives.is_up.wait()
            with suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection(HOST, self.lives.port)
                while True:
                    item = await waiting.get()
                    if waiting is self.new and item[0] < self.lives.started:
                        # it was due in the life before
                        break
                    writer.write(item[1])
                    head = await reader.readuntil(b"\r\n\r\n")
                    assert head.startswith(b"HTTP/1.1 200")
                    length = head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0]
                    await reader.readexactly(int(length))
                    self.last = time.perf_counter()
                    waits.append(self.last - item[0])
                    item = None
                    waiting.task_done()
            if item is not None:
                self.again.put_nowait(item)
                waiting.task_done()
                item = None


Item = tuple[float, bytes]


async def measure(lives: Lives, packets: list[bytes], rate: float) -> Sending:
    """Send at a rate until every event is answered."""
    sending = Sending(lives)
    living = asyncio.create_task(lives.run())
    await lives.is_up.wait()
    senders = [
        asyncio.create_task(sending.send(waiting, waits))
        for waiting, waits, count in (
            (sending.new, sending.waits, CONNECTIONS),
            (sending.again, sending.late, CONNECTIONS_AGAIN),
        )
        for _ in range(count)
    ]
    start = time.perf_counter()
    for number, data in enumerate(packets):
        planned = start + number / rate
        await asyncio.sleep(max(planned - time.perf_counter(), 0))
        # nobody listens: it is refused
        waiting = sending.new if lives.is_up.is_set() else sending.again
        waiting.put_nowait((planned, data))
    await sending.new.join()
    await sending.again.join()
    for task in senders:
        task.cancel()
    lives.is_over.set()
    await living
    return sending


def fsync_seconds(folder: Path) -> float:
    """Return what a small write takes to be on the disk, the median of many."""
    times = []
    with (folder / "fsync").open("wb") as file:
        for _ in range(200):
            file.write(b"0" * 4096)
            file.flush()
            begin = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begin)
    return statistics.median(times)


def stored() -> tuple[int, int]:
    """Return how many events the inbox holds, and how many different ones."""
    inbox = tables.webhook_inbox
    (row,) = store.rows(
        sa.select(
            sa.func.count().label("whole"),
            sa.func.count(sa.distinct(inbox.c.event_id)).label("different"),
        ).select_from(inbox)
    )
    return row["whole"], row["different"]


def test_every_event_is_stored_once_though_the_receiver_is_killed(
    kette_home: Path, record: Record
) -> None:
    count = RATE * LIFE_SECONDS * LIVES
    packets = [packet(event(number, text="Hello! " * 20)) for number in range(count)]
    lives = Lives(kette_home, LIVES, LIFE_SECONDS)
    sending = asyncio.run(measure(lives, packets, RATE))
    assert len(sending.waits) + len(sending.late) == count
    assert stored() == (count, count)
    waits = sorted(sending.waits)
    p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    fsync = fsync_seconds(kette_home)
    most = max(MOST_WAIT, MOST_FSYNCS * fsync)
    gap = max(up - died for died, up in lives.gaps)
    seconds = LIFE_SECONDS * LIVES
    record(SUBJECT, f"events a second offered for {seconds} s, all durable", RATE, "≥ 500")
    name = f"events stored once of {count:,}, with kill -9 every {LIFE_SECONDS} s"
    record(SUBJECT, name, f"{count:,}", f"{count:,}")
    record(SUBJECT, "events sent again after a kill", f"{len(sending.late):,}")
    record(SUBJECT, "longest time from a kill to the next answer", f"{gap:.1f} s")
    record(SUBJECT, "wait for the answer, median", f"{p50 * 1000:.0f} ms")
    name = "wait for the answer, 99th percentile while it is up"
    record(SUBJECT, name, f"{p99 * 1000:.0f} ms", f"≤ {most * 1000:.0f} ms")
    record(SUBJECT, "fsync of 4 KB, median", f"{fsync * 1000:.2f} ms")


def test_the_receiver_takes_many_events_at_once(kette_home: Path, record: Record) -> None:
    packets = [packet(event(number, text="Hello! " * 20)) for number in range(AT_ONCE)]
    lives = Lives(kette_home, 1, 0)
    sending = asyncio.run(measure(lives, packets, rate=1e9))
    assert stored() == (AT_ONCE, AT_ONCE)
    most = AT_ONCE / (sending.last - lives.started)
    record(SUBJECT, "events a second when all come at once", f"{most:,.0f}", "≥ 500")
