"""How many events a second the receiver makes durable, and how long one waits for its answer.

Events arrive at planned times, whether earlier ones are answered or not, and an answer's time is
counted from the plan: a receiver that stalls cannot hide it. Meanwhile it is killed again and
again, and a sender sends again what it has no answer for, as vendors do.
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

from ingestion import control
from tests.ingestion.webhooks.running import HOST, event, free_port, receiver

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.conftest import Record
    from tests.ingestion.webhooks.running import Event

RATE, LIFE_SECONDS, LIVES, CONNECTIONS = 500, 10, 6, 32
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
        self._home, self._lives, self._seconds = home, lives, seconds

    async def run(self) -> None:
        """Live every life; the last goes on until all is over."""
        died = 0.0
        for life in range(1, self._lives + 1):
            living = receiver(self._home, port=self.port)
            await asyncio.to_thread(living.__enter__)
            if died:
                self.gaps.append((died, time.perf_counter()))
            self.is_up.set()
            if life < self._lives:
                await asyncio.sleep(self._seconds)
            else:
                await self.is_over.wait()
            self.is_up.clear()
            died = time.perf_counter()
            living.__exit__(None, None, None)

    def was_down(self, moment: float) -> bool:
        """Return whether nobody listened at a moment."""
        return any(died <= moment <= up for died, up in self.gaps)


@dataclass
class Answers:
    """What the senders met: the planned time and the wait of each answer, and what had none."""

    waits: list[tuple[float, float]] = field(default_factory=list)
    resent: list[float] = field(default_factory=list)


Item = tuple[float, bytes]


async def sender(lives: Lives, waiting: asyncio.Queue[Item | None], answers: Answers) -> None:
    """Send what waits, again and again until it is answered."""
    item: Item | None = None
    while True:
        await lives.is_up.wait()
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection(HOST, lives.port)
            while True:
                item = item or await waiting.get()
                if item is None:
                    writer.close()
                    return
                planned, data = item
                writer.write(data)
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200")
                length = head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0]
                await reader.readexactly(int(length))
                answers.waits.append((planned, time.perf_counter() - planned))
                item = None
        if item is not None:
            answers.resent.append(item[0])


async def measure(lives: Lives, packets: list[bytes], rate: float) -> Answers:
    """Send at a rate until every event is answered."""
    waiting: asyncio.Queue[Item | None] = asyncio.Queue()
    answers = Answers()
    living = asyncio.create_task(lives.run())
    await lives.is_up.wait()
    senders = [asyncio.create_task(sender(lives, waiting, answers)) for _ in range(CONNECTIONS)]
    start = time.perf_counter()
    for number, data in enumerate(packets):
        planned = start + number / rate
        await asyncio.sleep(max(planned - time.perf_counter(), 0))
        waiting.put_nowait((planned, data))
    for _ in senders:
        waiting.put_nowait(None)
    await asyncio.gather(*senders)
    lives.is_over.set()
    await living
    return answers


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
    inbox = control.webhook_inbox
    (row,) = control.rows(
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
    answers = asyncio.run(measure(lives, packets, RATE))
    assert len(answers.waits) == count
    assert stored() == (count, count)
    again = set(answers.resent)
    waits = sorted(
        wait
        for planned, wait in answers.waits
        if planned not in again and not lives.was_down(planned)
    )
    p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    fsync = fsync_seconds(kette_home)
    most = max(MOST_WAIT, MOST_FSYNCS * fsync)
    gap = max(up - died for died, up in lives.gaps)
    seconds = LIFE_SECONDS * LIVES
    record(SUBJECT, f"events a second offered for {seconds} s, all durable", RATE, "≥ 500")
    name = f"events stored once of {count:,}, with kill -9 every {LIFE_SECONDS} s"
    record(SUBJECT, name, f"{count:,}", f"{count:,}")
    record(SUBJECT, "events sent again for want of an answer", f"{len(again):,}")
    record(SUBJECT, "longest time from a kill to the next answer", f"{gap:.1f} s")
    record(SUBJECT, "wait for the answer, median", f"{p50 * 1000:.0f} ms")
    name = "wait for the answer, 99th percentile while it is up"
    record(SUBJECT, name, f"{p99 * 1000:.0f} ms", f"≤ {most * 1000:.0f} ms")
    record(SUBJECT, "fsync of 4 KB, median", f"{fsync * 1000:.2f} ms")


def test_the_receiver_takes_many_events_at_once(kette_home: Path, record: Record) -> None:
    packets = [packet(event(number, text="Hello! " * 20)) for number in range(AT_ONCE)]
    lives = Lives(kette_home, 1, 0)
    answers = asyncio.run(measure(lives, packets, rate=1e9))
    # from the first event's plan to the last answer
    first = min(planned for planned, _ in answers.waits)
    last = max(planned + wait for planned, wait in answers.waits)
    assert stored() == (AT_ONCE, AT_ONCE)
    most = AT_ONCE / (last - first)
    record(SUBJECT, "events a second when all come at once", f"{most:,.0f}", "≥ 500")
