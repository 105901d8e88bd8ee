"""`kette drift`: what vendors changed about their records."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from orchestration.commands.common import check_settings, console


def drift(
    source: Annotated[str | None, typer.Argument(help="Only this source.")] = None,
    accept: Annotated[  # noqa: FBT002 - Typer hands flags over by position
        bool, typer.Option("--accept", help="Take what is shown as known: it is told no more.")
    ] = False,
) -> None:
    """Show which properties of vendors' records are new, changed their kind, or vanished.

    **new** properties are in the JSON column and may be unpacked in staging. **kind**: a property
    holds something else than before. **vanished**: what nearly every record had is in none any
    more; it may have been renamed to one that is new. **refused**: values of a typed column are not
    of its type; these records are in quarantine. All but *new* make `kette doctor` fail until they
    are mended or accepted. No value of any record is kept or shown.

    **Writes** nothing; with `--accept` the control store.

    **Examples**: `kette drift` · `kette drift hubspot --accept`

    **Exit codes**: 0 always.
    """
    check_settings()
    from ingestion.loading import drift as changes

    rows = changes.open_changes(source)
    if not rows:
        console().print("No vendor changed anything.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("source", "stream", "property", "change", "what", "noticed (UTC)"):
        # a property cut in two cannot be looked for in a model
        table.add_column(name, overflow="fold", no_wrap=name == "property")
    for row in rows:
        colour = "red" if row["change"] in changes.ALARMING else "green"
        table.add_row(
            row["source"],
            row["stream"],
            # as vendors name it: brackets are no markup
            Text(row["property"]),
            f"[{colour}]{row['change']}[/]",
            row["detail"],
            f"{row['noticed_at']:%Y-%m-%d %H:%M}",
        )
    console().print(table)
    if accept:
        console().print(f"{changes.accept(source)} accepted.")
