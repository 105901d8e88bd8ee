"""How many events a second the receiver makes durable, and how long one waits for its answer.

Events arrive at planned times, whether earlier ones are answered or not, and an answer's time is
counted from the plan: a receiver that stalls cannot hide it.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ingestion import control
from tests.ingestion.webhooks.running import HOST, event, receiver

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.conftest import Record
    from tests.ingestion.webhooks.running import Event

RATE, SECONDS, CONNECTIONS = 500, 10, 32
SUBJECT = "Webhook receiver"


def packet(sent: Event) -> bytes:
    """Return an event as it goes over the wire."""
    head = {**sent.headers(), "Host": HOST, "Content-Length": str(len(sent.body))}
    lines = ["POST /webhooks/tawk HTTP/1.1", *(f"{name}: {text}" for name, text in head.items())]
    return "\r\n".join([*lines, "", ""]).encode() + sent.body


async def sender(
    port: int, waiting: asyncio.Queue[tuple[float, bytes] | None], waits: list[float]
) -> None:
    """Send what waits over one connection and note how long each answer took."""
    reader, writer = await asyncio.open_connection(HOST, port)
    while (item := await waiting.get()) is not None:
        planned, data = item
        writer.write(data)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        length = head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0]
        await reader.readexactly(int(length))
        waits.append(time.perf_counter() - planned)
    writer.close()


async def measure(port: int, packets: list[bytes], rate: float) -> list[float]:
    """Send at a rate and return the waits, in order of length."""
    waiting: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
    waits: list[float] = []
    senders = [asyncio.create_task(sender(port, waiting, waits)) for _ in range(CONNECTIONS)]
    start = time.perf_counter()
    for number, data in enumerate(packets):
        planned = start + number / rate
        await asyncio.sleep(max(planned - time.perf_counter(), 0))
        waiting.put_nowait((planned, data))
    for _ in senders:
        waiting.put_nowait(None)
    await asyncio.gather(*senders)
    return sorted(waits)


def test_the_receiver_takes_500_events_a_second(kette_home: Path, record: Record) -> None:
    count = RATE * SECONDS
    packets = [packet(event(number, text="Hello! " * 20)) for number in range(2 * count)]
    with receiver(kette_home) as running:
        waits = asyncio.run(measure(running.port, packets[:count], RATE))
        began = time.perf_counter()
        asyncio.run(measure(running.port, packets[count:], rate=1e9))
        most = count / (time.perf_counter() - began)
    inbox = control.webhook_inbox
    (row,) = control.rows(sa.select(sa.func.count().label("stored")).select_from(inbox))
    assert row["stored"] == 2 * count
    p50, p99 = waits[count // 2], waits[count * 99 // 100]
    record(SUBJECT, "events a second offered, all durable before their answer", RATE, "≥ 500")
    record(SUBJECT, "wait for the answer at that rate, median", f"{p50 * 1000:.0f} ms")
    record(SUBJECT, "wait for the answer at that rate, 99th percentile", f"{p99 * 1000:.0f} ms")
    record(SUBJECT, "events a second when all come at once", f"{most:.0f}", "≥ 500")
