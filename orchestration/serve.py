"""Serves everything until it is stopped.

Each service runs in its own process group. The group is watched and ended as a whole, so no process is
left behind.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from ingestion.control import outcomes, store
from ingestion.errors import KetteError
from ingestion.settings import CHECKOUT, export, settings
from orchestration import project, reporting
from orchestration.dagster import instance
from orchestration.host import demo, keeper, mode, ports, processes

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence
    from pathlib import Path

# a service that ends by itself is noticed at once; a busy machine only takes its time
HEALTHY_SECONDS = 15 * 60
CHECK_SECONDS = 0.3
STRANGER = "guard.invalid"
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Service:
    """A program to run, and how to see that it answers."""

    name: str
    arguments: Sequence[str]
    port: int
    health: str
    setting: str
    label: str
    is_guarded: bool = False

    @property
    def url(self) -> str:
        """Return the address people open."""
        return f"http://{ports.HOST}:{self.port}"


def services() -> list[Service]:
    """Return what is to be served: in demo mode the sandbox too, unless it is served already."""
    current = settings()
    module = [sys.executable, "-m"]
    kette = [*module, "orchestration.cli"]
    found = [
        Service(
            "dashboards",
            [
                *module, "orchestration.host.guarded", "streamlit", "run", str(CHECKOUT / "dashboards" / "streamlit_app.py"),
                "--server.port", str(current.dashboard_port),
                "--server.address", ports.HOST,
                "--server.headless", "true",
                "--browser.gatherUsageStats", "false",
            ],
            current.dashboard_port, "/_stcore/health", "KETTE_DASHBOARD_PORT", "Dashboards",
            is_guarded=True,
        ),
        Service(
            "dagster",
            [
                *module, "orchestration.host.guarded", "dagster", "dev", "-m", "orchestration.definitions",
                "-h", ports.HOST, "-p", str(current.dagster_port), "--log-level", "error",
            ],
            current.dagster_port, "/server_info", "KETTE_DAGSTER_PORT", "Dagster",
            is_guarded=True,
        ),
        Service(
            "webhooks", [*kette, "webhooks", "serve"],
            current.webhook_port, "/healthz", "KETTE_WEBHOOK_PORT", "Webhook receiver",
        ),
    ]  # fmt: skip
    if mode.current() == outcomes.DEMO and not demo.is_answering(current.sandbox_port):
        port = current.sandbox_port
        found.insert(
            0,
            Service(
                "sandbox", [*kette, "sandbox", "serve", "--port", str(port)],
                port, "/healthz", "KETTE_SANDBOX_PORT", "Sandbox (the vendors' stand-in)",
            ),
        )  # fmt: skip
    return found


def check_ports(wanted: Sequence[Service]) -> None:
    """Refuse to start where a port is in use.

    Raises:
        KetteError: A port is taken.
    """
    for service in wanted:
        if ports.is_taken(service.port):
            raise KetteError(
                f"port {service.port} is taken by another program",
                where=service.name,
                fix=f"End that program, or set {service.setting} to another port",
            )


class Supervisor:
    """Starts services, waits until they answer, and ends them all."""

    def __init__(self, wanted: Sequence[Service], logs: Path) -> None:
        self.services = wanted
        self.logs = logs
        self.stopping = threading.Event()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._keeper: keeper.Keeper | None = None

    def start(self) -> None:
        """Start every service; what it prints goes to a log file of its own."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._keeper = keeper.Keeper()
        for service in self.services:
            with (self.logs / f"{service.name}.log").open("ab") as log:
                process = processes.start(service.arguments, log)
            self._running[service.name] = process
            self._keeper.watch(process.pid)

    def wait_until_healthy(self, progress: Callable[[str], None]) -> None:
        """Wait until each service answers.

        Raises:
            KetteError: One ended or does not answer in time.
        """
        begun = time.monotonic()
        for service in self.services:
            log = self.logs / f"{service.name}.log"
            progress(f"starting {service.name}")
            while not _answers(service) and not self.stopping.wait(CHECK_SECONDS):
                self._require_alive()
                waited = time.monotonic() - begun
                progress(
                    f"{service.name} does not answer on port {service.port} yet: waited {waited:.0f} "
                    f"of at most {HEALTHY_SECONDS} s; it prints to {log}"
                )
                if waited > HEALTHY_SECONDS:
                    raise KetteError(
                        f"it does not answer on port {service.port} after {waited:.0f} s",
                        where=service.name,
                        fix=f"See {log}",
                    )
            if service.is_guarded and not self.stopping.is_set():
                _require_guard(service)

    def watch(self) -> None:
        """Return when the end is asked for.

        Raises:
            KetteError: A service ended by itself.
        """
        while not self.stopping.wait(CHECK_SECONDS):
            self._require_alive()

    def stop(self) -> None:
        """End every service with all its descendants."""
        processes.end(self._running.values())
        self._running.clear()
        if self._keeper is not None:
            self._keeper.dismiss()
            self._keeper = None

    def _require_alive(self) -> None:
        for name, process in self._running.items():
            if process.poll() is not None:
                raise KetteError(
                    f"it ended with exit code {process.returncode}",
                    where=name,
                    fix=f"See {self.logs / f'{name}.log'}",
                )


def _answers(service: Service) -> bool:
    try:
        return httpx.get(service.url + service.health, timeout=2).is_success
    except httpx.HTTPError:
        return False


def _require_guard(service: Service) -> None:
    """Refuse to serve what answers under any name: a new version may have gone round the guard.

    Raises:
        KetteError: It does.
    """
    with suppress(httpx.HTTPError):
        asked = {"Host": STRANGER}
        if not httpx.get(service.url + service.health, headers=asked, timeout=2).is_success:
            return
    raise KetteError(
        "its web server is not guarded, so any web page could use it",
        where=service.name,
        fix="Install the versions of requirements.lock: make env",
    )


def prepare() -> list[Service]:
    """Make what the services need and return them; their ports are free.

    Raises:
        KetteError: A port is taken, or the dbt project does not parse.
    """
    # what none of the services could do without
    store.engine()
    is_demo = mode.current() == outcomes.DEMO
    if is_demo:
        demo.ensure_world()
    wanted = services()
    check_ports(wanted)
    if is_demo:
        export(demo.variables(settings().sandbox_port))
    instance.prepare()
    reporting.say("reading the dbt project")
    export(project.environment())
    project.ensure_manifest()
    return wanted


def serve(announce: Callable[[Sequence[Service]], None]) -> None:
    """Serve until Ctrl-C or a termination signal.

    Args:
        announce: Called once, when everything answers.

    Raises:
        KetteError: A port is taken, or a service does not start or ends by itself.
    """
    supervisor = Supervisor(prepare(), settings().home / "logs")
    before = {number: signal.getsignal(number) for number in ENDING}
    for number in ENDING:
        signal.signal(number, lambda *_: supervisor.stopping.set())
    try:
        supervisor.start()
        supervisor.wait_until_healthy(reporting.say)
        if not supervisor.stopping.is_set():
            announce(supervisor.services)
        supervisor.watch()
    finally:
        reporting.say("stopping")
        supervisor.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
