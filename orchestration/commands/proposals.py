"""`kette identity propose` and `proposals`: who may be the same, for people to decide."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from orchestration.commands.common import check_settings, console

Least = Annotated[
    float, typer.Option("--least", min=0.01, max=1.0, help="Probability from which on.")
]


def propose(least: Least = 0.5) -> None:
    """Look for persons and companies that may be the same, by name, address, telephone and place.

    Nothing is joined: what is found is listed on the page Identity, view To review, until somebody
    accepts it with `kette identity join` or refuses it with `kette identity reject`. A proposal that
    a later look no longer makes is withdrawn. Needs the extra `fuzzy`.

    **Writes** the proposals into the control store.

    **Example**: `kette identity propose --least 0.8`

    **Exit codes**: 0 looked · 1 nothing is published, or Splink is not installed.
    """
    check_settings()
    from orchestration.host import demo
    from orchestration.identity_review import lookup, proposals

    demo.adopt()
    for entity, many in ((lookup.PERSON, "persons"), (lookup.ACCOUNT, "companies")):
        found = proposals.propose(entity, least)
        console().print(
            f"{found.records:,} {many} compared: {found.proposed:,} proposed, "
            f"{found.withdrawn:,} withdrawn",
            highlight=False,
        )
    show()


def show() -> None:
    """List the proposals that nobody has decided on, the likeliest first.

    **Writes** nothing.

    **Exit codes**: 0.
    """
    check_settings()
    from ingestion.control import store
    from ingestion.control.decisions import pair_of
    from orchestration.host import demo

    demo.adopt()
    found = store.open_proposals()
    if not found:
        console().print("Nothing waits to be reviewed.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("likely", justify="right")
    for name in ("the one", "the other", "alike", "different"):
        table.add_column(name, overflow="fold")
    for row in found:
        left, right = pair_of(row)
        alike = [
            name if how == "same" else f"{name} (similar)"
            for name, how in row["agreement"].items()
            if how in {"same", "similar"}
        ]
        unlike = [name for name, how in row["agreement"].items() if how == "different"]
        table.add_row(
            f"{row['probability']:.1%}", str(left), str(right), ", ".join(alike), ", ".join(unlike)
        )
    console().print(table)
    console().print(
        "To accept: kette identity join 'ONE' 'OTHER' --why …; to refuse: kette identity reject …",
        markup=False,
        highlight=False,
    )
