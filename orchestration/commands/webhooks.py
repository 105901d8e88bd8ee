"""`kette webhooks serve` and `kette webhooks drain`: what vendors push to us."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.commands.common import (
    check_settings,
    console,
    error_console,
    progress,
    warn_of_held,
)

app = typer.Typer(
    no_args_is_help=True, help="The receiver of vendors' webhooks and its durable inbox."
)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; by default KETTE_WEBHOOK_PORT (8600).")
    ] = None,
) -> None:
    """Receive webhooks at `POST /webhooks/<source>`, until Ctrl-C.

    A message is verified by its signature over the raw bytes and stored durably before it is
    acknowledged; a repeated one is recognised for ever, a forged one is answered 401. `/healthz`
    says whether the store can be written, `/metrics` counts; both answer this machine alone.

    Put a reverse proxy with TLS in front of it; vendors need a public address.

    **Writes** the table `webhook_inbox` of the control store.

    **Exit codes**: 0 stopped · 1 the port is taken.
    """
    check_settings()
    from ingestion.errors import KetteError
    from ingestion.settings import settings
    from ingestion.webhooks import serve as serve_webhooks
    from orchestration.host import ports

    chosen = port or settings().webhook_port
    if ports.is_taken(chosen):
        raise KetteError(
            f"port {chosen} is taken by another program",
            where="webhooks",
            fix="End that program, or set KETTE_WEBHOOK_PORT to another port",
        )
    serve_webhooks(host=host, port=chosen)


@app.command()
def drain() -> None:
    """Load what waits in the inbox into the warehouse.

    `kette run` and Dagster's schedules do this whenever they load the source; this command does it
    at once, for every source that has messages waiting.

    **Writes** the raw tables of these sources and marks the messages as drained.

    **Exit codes**: 0 drained, also when nothing was waiting · 1 a source is off or its load failed;
    the others were drained.
    """
    check_settings()
    from ingestion.errors import KetteError
    from orchestration import single_load, summary

    waiting = single_load.sources_with_messages()
    if not waiting:
        console().print("Nothing is waiting in the inbox.")
    errors = []
    for source in sorted(waiting):
        console().print(f"{source}: {waiting[source]} messages were waiting", highlight=False)
        try:
            with progress():
                results = single_load.load_source(source, None, None)
        except KetteError as error:
            errors.append(error)
            continue
        console().print(summary.loaded_table(summary.from_results(source, results)))
        warn_of_held(source)
    for failure in errors:
        error_console().print(f"✗ {failure}", style="red", markup=False, highlight=False)
    if errors:
        raise typer.Exit(1)
