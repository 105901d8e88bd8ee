"""`kette serve`: dashboards, Dagster, the webhook receiver and, in demo mode, the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.commands.common import check_settings, console, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestration.serve import Service


def serve() -> None:
    """Open the dashboards, Dagster and the webhook receiver, until Ctrl-C.

    Dashboards on port 8501, Dagster on 3000, the webhook receiver on 8600; in **demo mode** also
    the sandbox on 8700, so that Dagster's schedules find their vendors. Ports are set by
    `KETTE_DASHBOARD_PORT`, `KETTE_DAGSTER_PORT`, `KETTE_WEBHOOK_PORT` and `KETTE_SANDBOX_PORT`.
    Everything listens on the loopback address only. Dashboards and Dagster answer their own pages
    alone, under names of this machine and those of `KETTE_PUBLIC_HOSTS`.

    Ctrl-C or a termination signal ends all of it and leaves no process behind.

    **Writes** logs under `$KETTE_HOME/logs/`; Dagster's schedules load and publish meanwhile.

    **Exit codes**: 0 stopped on request · 1 a port is taken, or a service did not start.
    """
    check_settings()
    from orchestration import published_file, serve as serving

    def announce(services: Sequence[Service]) -> None:
        reporter.close()
        for service in services:
            console().print(f"  {service.label:<32} {service.url}", highlight=False)
        if published_file.current() is None:
            console().print("Nothing is published yet: type [bold]make run[/bold] beside this.")
        console().print("Ctrl-C stops everything.")

    with progress() as reporter:
        serving.serve(announce)
    console().print("Stopped.")
