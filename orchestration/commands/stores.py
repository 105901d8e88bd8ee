"""`kette backup` and `kette control move`: what cannot be fetched again, kept twice or elsewhere."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import Annotated

import typer

from orchestration.commands.common import check_settings, console

app = typer.Typer(
    no_args_is_help=True, help="The control store: ledger, inbox, decisions, history."
)


def backup(
    folder: Annotated[Path, typer.Argument(help="Where to: a new folder is made in it.")],
) -> None:
    """Copy the control store and the warehouse, as of one moment, into a new folder.

    The copies are whole and checked: messages that were answered 200 before are in them, which a
    `cp` of `control.db` does not promise. A run that writes the warehouse is waited for; the receiver
    goes on. A control store in Postgres is written as the same SQLite file. `.env` holds your keys
    and is not copied. `docs/runbook.md` has the steps of restoring.

    **Writes** `FOLDER/kette-<time>/`.

    **Example**: `kette backup /mnt/backups`

    **Exit codes**: 0 made · 1 it cannot be written, or what would be copied is damaged.
    """
    check_settings()
    from orchestration import backup as backups

    made = backups.make(folder.expanduser().absolute())
    for name, size in made.sizes.items():
        console().print(f"  {made.folder / name} ({size / 1e6:,.1f} MB)", highlight=False)


@app.command()
def move(
    url: Annotated[
        str,
        typer.Argument(help="postgresql://user:password@host:5432/database, or sqlite:///file."),
    ],
) -> None:
    """Move the control store into another database, row by row and compared.

    Stop `kette serve` first. The other store must be empty. The old one stays as it is and says from
    then on where it went, so that nothing is written into it by mistake; a receiver that still runs
    answers 503, and vendors send again.

    **Writes** the other database (in Postgres the schema `kette_control`), and a mark in the old one.

    **Example**: `kette control move postgresql://kette:…@127.0.0.1:5432/kette`

    **Exit codes**: 0 moved · 1 a run is under way, the other store is not empty or cannot be reached;
    nothing changed then.
    """
    check_settings()
    from ingestion.control import copy, locks
    from ingestion.settings import control_address

    target = control_address(url)
    with locks.run_lock(), locks.warehouse_lock():
        count = copy.move(target)
    console().print(f"Moved {count:,} rows, each compared.", highlight=False)
    console().print("Next: set KETTE_CONTROL_URL to that address in .env, and start again.")
