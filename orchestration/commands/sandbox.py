"""`kette sandbox serve` and `kette sandbox advance`: the simulated company."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from ingestion.sandbox import size
from orchestration.commands.common import check_settings, console, parse_date, progress

app = typer.Typer(
    no_args_is_help=True,
    help="The simulated company Nordlicht, served through each vendor's own protocol.",
)


@app.command()
def serve(
    customers: Annotated[int, typer.Option(min=10, help="How many persons.")] = size.CUSTOMERS,
    months: Annotated[int, typer.Option(min=1, help="How many months of history.")] = size.MONTHS,
    seed: Annotated[int, typer.Option(help="Another seed makes another company.")] = size.SEED,
    until: Annotated[
        str | None,
        typer.Option(help="The company's today, YYYY-MM-DD; by default the real one in UTC."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; by default KETTE_SANDBOX_PORT (8700).")
    ] = None,
) -> None:
    """Serve the company over HTTP on the loopback address, until Ctrl-C.

    The company is made when there is none yet; the same arguments make the same company, byte for
    byte. One that exists is served as it is: remove `$KETTE_HOME/sandbox` to make another.

    **Writes** `$KETTE_HOME/sandbox/`.

    **Examples**: `kette sandbox serve` · `kette sandbox serve --customers 200 --months 6 --seed 3
    --until 2026-06-01`

    **Exit codes**: 0 stopped · 1 the port is taken.
    """
    check_settings()
    from ingestion.errors import KetteError
    from ingestion.sandbox import server
    from ingestion.settings import settings
    from orchestration.host import demo, ports

    chosen = port or settings().sandbox_port
    if ports.is_taken(chosen):
        raise KetteError(
            f"port {chosen} is taken by another program",
            where="sandbox",
            fix="End that program, or set KETTE_SANDBOX_PORT to another port",
        )
    with progress():
        demo.ensure_world(
            customers=customers,
            months=months,
            seed=seed,
            until=parse_date(until) or datetime.now(UTC).date(),
        )
    console().print(f"The sandbox answers on http://127.0.0.1:{chosen}", highlight=False)
    server.serve(settings().sandbox, port=chosen)


@app.command()
def advance(
    days: Annotated[int, typer.Option(min=1, help="How many days to live on.")] = 1,
) -> None:
    """Let the company live on for some days.

    Its past stays as it was, except for what is meant to arrive late, be rewritten, merged or
    deleted. A receiver that runs (`kette serve`) gets the new days' signed webhooks; without one
    the next load fetches the same chats from the REST API.

    **Writes** `$KETTE_HOME/sandbox/`.

    **Example**: `kette sandbox advance --days 7`, then `kette run`

    **Exit codes**: 0 advanced · 1 there is no company yet, or sources have credentials.
    """
    check_settings()
    from orchestration.host import demo

    with progress():
        until, pushed = demo.advance(days)
    console().print(f"The company's today is {until}.", highlight=False)
    if pushed is None:
        console().print("No receiver runs: the next load fetches the new chats over REST.")
    else:
        console().print(f"{pushed} webhooks were delivered to the receiver.", highlight=False)
    console().print("Next: [bold]kette run[/bold]")
