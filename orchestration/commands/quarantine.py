"""`kette quarantine list`, `show` and `replay`: records that could not be loaded, and their return."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from orchestration.commands.common import check_settings, console, progress

app = typer.Typer(
    no_args_is_help=True,
    help="Records that the gate refused: they wait until what is wrong with them is mended.",
)
SourceOption = Annotated[str | None, typer.Option("--source", help="Only this source.")]
StreamOption = Annotated[str | None, typer.Option("--stream", help="Only this stream.")]
ReasonOption = Annotated[
    str | None, typer.Option("--reason", help="Only reasons that contain this text.")
]


@app.command("list")
def list_records(
    source: SourceOption = None, stream: StreamOption = None, reason: ReasonOption = None
) -> None:
    """Count what waits, by source, stream and reason; no value of any record is shown.

    The number is a pointer to one of the records: `kette quarantine show NUMBER`.

    **Writes** nothing.

    **Examples**: `kette quarantine list` · `kette quarantine list --source hubspot`

    **Exit codes**: 0 always.
    """
    check_settings()
    from ingestion.loading import replay

    rows = replay.waiting(source, stream, reason)
    if not rows:
        console().print("Nothing is in quarantine.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("source", "stream", "reason"):
        table.add_column(name)
    table.add_column("records", justify="right")
    table.add_column("last seen (UTC)")
    table.add_column("e.g. number", justify="right")
    for row in rows:
        table.add_row(
            row["source"],
            row["stream"],
            row["reason"],
            f"{row['record_count']:,}",
            f"{row['last_seen_at']:%Y-%m-%d %H:%M}",
            str(row["first_id"]),
        )
    console().print(table)


@app.command()
def show(
    number: Annotated[
        int, typer.Argument(help="Number of a record, from `kette quarantine list`.")
    ],
) -> None:
    """Print one record as it is kept. **It may hold personal data**: do not pass it on.

    **Writes** nothing.

    **Exit codes**: 0 shown · 1 there is no such record.
    """
    check_settings()
    from ingestion.loading import replay

    row = replay.record(number)
    console().print(
        f"{row['source']} {row['stream']}: {row['reason']}, seen {row['times_seen']} times, last on "
        f"{row['last_seen_at']:%Y-%m-%d %H:%M} UTC in load {row['load_id']}",
        markup=False,
        highlight=False,
    )
    text = (row["payload"] or b"").decode(errors="backslashreplace")
    console().print(text, markup=False, highlight=False, soft_wrap=True)


@app.command("replay")
def replay_records(
    source: Annotated[str, typer.Argument(help="Name of a source.")],
    stream: StreamOption = None,
    reason: ReasonOption = None,
) -> None:
    """Send a source's records through the gate again, e.g. after an update of Kette.

    What passes now is loaded and leaves the quarantine; what is refused again stays. Nothing older
    is put over what a later load brought. No vendor is asked. It may be repeated.

    **Writes** the tables `raw_<source>.*`, the load ledger and the quarantine.

    **Exit codes**: 0 done · 1 the source is unknown, or is being loaded.
    """
    check_settings()
    from ingestion.loading import replay
    from orchestration import reporting, single_load
    from orchestration.host import demo, mode

    load = single_load.find(source)
    with progress():
        demo.adopt()
        mode.claim_warehouse()
        results = replay.run(load, stream, reason, reporting.say)
    if not results:
        console().print("Nothing is in quarantine.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    names = ("loaded", "outdated", "suppressed", "refused", "unreadable")
    table.add_column("stream")
    for name in names:
        table.add_column(name, justify="right")
    for result in results:
        table.add_row(result.stream, *(f"{getattr(result, name):,}" for name in names))
    console().print(table)
    for result in results:
        for why in result.why:
            console().print(f"{result.stream}, {why}", markup=False, highlight=False)
    if any(result.loaded for result in results):
        console().print("Next: [bold]kette run[/bold] builds the models from it.")
