"""Demo mode: the simulated company stands in for the vendors, and its clock counts.

Only the sandbox's modules know how the company is made and served. This module decides when it is
made, and points the sources at it with the same variables that point them at a vendor.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from ingestion.control import outcomes
from ingestion.errors import KetteError
from ingestion.sandbox import push, size, world
from ingestion.sandbox.company import folder
from ingestion.sandbox.environment import environment as source_environment
from ingestion.settings import export, settings
from orchestration import reporting
from orchestration.host import mode, ports, processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

START_SECONDS = 60


def ensure_world(
    *,
    customers: int = size.CUSTOMERS,
    months: int = size.MONTHS,
    seed: int = size.SEED,
    until: date | None = None,
) -> None:
    """Make the simulated company where there is none; its today is the real one by default."""
    if (settings().sandbox / "world.json").exists():
        return
    reporting.say(f"making the sandbox: {customers:,} customers over {months} months")
    world.generate(
        settings().sandbox,
        customers=customers,
        months=months,
        seed=seed,
        until=until or settings().today(),
    )


def variables(port: int) -> dict[str, str]:
    """Return the variables that make this process and its children use the sandbox."""
    return {
        **source_environment(f"http://{ports.HOST}:{port}"),
        "KETTE_DEMO": "1",
        "KETTE_TODAY": until().isoformat(),
    }


def until() -> date:
    """Return the world's today."""
    return folder.load_world(settings().sandbox).until


def refresh_clock() -> None:
    """In demo mode, follow the world's clock: it may have been advanced since this process began."""
    if settings().is_demo and (settings().sandbox / "world.json").exists():
        export({"KETTE_TODAY": until().isoformat()})


def adopt() -> None:
    """In demo mode, see the sources and the clock as a run does, without serving the sandbox."""
    if mode.current() == outcomes.DEMO and (settings().sandbox / "world.json").exists():
        export(variables(settings().sandbox_port))


def is_answering(port: int) -> bool:
    """Return whether the sandbox of this data folder answers on a port."""
    try:
        answer = httpx.get(f"http://{ports.HOST}:{port}/healthz", timeout=2)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and answer.json().get("home") == str(settings().sandbox)  # noqa: PLR2004


@contextmanager
def serving() -> Iterator[None]:
    """Have the sandbox answer during the block, and the sources use it.

    A sandbox that is being served already (by ``kette serve``) is used; else one is started on a
    free port for as long as the block lasts.

    Raises:
        KetteError: It does not start.
    """
    ensure_world()
    port = settings().sandbox_port
    if is_answering(port):
        export(variables(port))
        yield
        return
    port = ports.free()
    command = [sys.executable, "-m", "orchestration.cli", "sandbox", "serve", "--port", str(port)]
    process = processes.start(command, subprocess.DEVNULL)
    try:
        _wait_for(process, port)
        export(variables(port))
        yield
    finally:
        processes.end([process])


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_answering(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise KetteError(
                "the sandbox does not start",
                where=f"port {port}",
                fix="`kette sandbox serve` shows why",
            )
        time.sleep(0.1)


def advance(days: int) -> tuple[date, int | None]:
    """Let the company live on; push the new days' webhooks where the receiver runs.

    Returns:
        The company's new today, and how many webhooks were delivered; None without a receiver.

    Raises:
        KetteError: There is no company yet, or sources have credentials.
    """
    _require_demo()
    before = until()
    reporting.say(f"{days} more days")
    world.advance(settings().sandbox, days=days)
    receiver = f"http://{ports.HOST}:{settings().webhook_port}"
    try:
        httpx.get(f"{receiver}/healthz", timeout=2).raise_for_status()
    except httpx.HTTPError:
        return until(), None
    return until(), push.push(settings().sandbox, since=before, receiver=receiver)


def _require_demo() -> None:
    if not (settings().sandbox / "world.json").exists():
        raise KetteError("there is no company yet", where="sandbox", fix="Run `kette run` first")
    if mode.current() != outcomes.DEMO:
        raise KetteError(
            "sources have credentials, so the sandbox is not in use",
            where="sandbox",
            fix="Unset SOURCES__… (see `kette doctor`), or use another KETTE_HOME and .env",
        )
