"""`kette identity …`: why identifiers belong to one person, and how to correct mistakes."""

from __future__ import annotations

import csv
import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotation
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from orchestration.commands import proposals
from orchestration.commands.common import check_settings, console, progress

if TYPE_CHECKING:
    from ingestion.control.decisions import Identifier

app = typer.Typer(
    no_args_is_help=True,
    help="Who is who: explain it, cut or join by hand, try other rules, review proposals.",
)

app.command("propose")(proposals.propose)
app.command("proposals")(proposals.show)

One = Annotated[str, typer.Argument(help="An identifier: email:mia@firm.example, or its value.")]
Why = Annotated[str, typer.Option("--why", help="The reason, kept with your name and the time.")]
By = Annotated[str | None, typer.Option("--by", help="Who decides; by default your user name.")]
IDENTIFIERS_SHOWN = 6
NEXT = "Next: [bold]kette run[/bold] builds the map as if it had always been so."


def _decide(action: str, one: str, other: str, why: str, by: str | None) -> None:
    check_settings()
    from ingestion.control import decisions
    from ingestion.errors import KetteError
    from orchestration.host import demo
    from orchestration.identity_review import lookup

    demo.adopt()
    with lookup.published() as connection:
        both = [lookup.find(connection, text) for text in (one, other)]
        entities = {lookup.entity_of(connection, identifier) for identifier in both}
        shared = [each for each in both if lookup.is_shared(connection, each)]
    if len(entities) > 1:
        raise KetteError(
            "the one is a person's and the other an account's",
            where="identity",
            fix="Name two of persons or two of accounts",
        )
    decisions.decide(action, *both, why=why, by=by)
    console().print(f"{action}: {both[0]} and {both[1]}", markup=False, highlight=False)
    if action == decisions.JOIN and shared:
        console().print(
            f"Several people use {shared[0]}: it changes hands, and nobody is joined. To join two "
            "persons, name what is each one's own.",
            markup=False,
            highlight=False,
        )
    console().print(NEXT)


@app.command()
def cut(one: One, other: One, why: Why, by: By = None) -> None:
    """Say that two identifiers are two people's (or two accounts').

    The next build is as if no evidence had ever tied the two, and nothing else may join them: where
    there is a way around, its weakest link is refused. `kette identity revoke` takes it back.

    **Writes** one row of the control store's audited list of decisions.

    **Example**: `kette identity cut email:office@firm.example user_id:17 --why "a shared desk"`

    **Exit codes**: 0 written down · 1 an identifier is unknown or ambiguous.
    """
    _decide("cut", one, other, why, by)


@app.command()
def join(one: One, other: One, why: Why, by: By = None) -> None:
    """Say that two identifiers are one person's (or one account's).

    Their persons become one as they are, also where each has a user id or a contact of its own; only
    a cut by hand keeps them apart. What several people use (a device, an office's mailbox) goes to
    the other one's person and joins nobody. A blocked value joins nobody, not even by hand.

    **Writes** one row of the control store's audited list of decisions.

    **Example**: `kette identity join crm_contact_id:12 crm_contact_id:98 --why "called her"`

    **Exit codes**: 0 written down · 1 an identifier is unknown or ambiguous.
    """
    _decide("join", one, other, why, by)


@app.command()
def reject(one: One, other: One, why: Why, by: By = None) -> None:
    """Refuse a proposal: these two are not known to be the same; it is not proposed again.

    Unlike `cut` it keeps nothing apart that evidence joins.

    **Writes** one row of the control store's audited list of decisions.

    **Exit codes**: 0 written down · 1 an identifier is unknown or ambiguous.
    """
    _decide("reject", one, other, why, by)


@app.command()
def revoke(one: One, other: One, why: Why, by: By = None) -> None:
    """Take back what was decided about two identifiers: evidence alone counts again.

    **Writes** one row of the control store's audited list of decisions; the old ones stay readable.

    **Exit codes**: 0 written down · 1 nothing was decided about the two.
    """
    _decide("revoke", one, other, why, by)


@app.command("decisions")
def list_decisions() -> None:
    """List everything that was decided by hand, the latest first, also what was taken back.

    **Writes** nothing.

    **Exit codes**: 0.
    """
    check_settings()
    from ingestion.control import decisions

    counting = {row["id"] for row in decisions.effective()}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("when (UTC)", "who", "what", "the one", "the other", "counts", "why"):
        table.add_column(name, overflow="fold")
    for row in decisions.history():
        left, right = decisions.pair_of(row)
        table.add_row(
            f"{row['decided_at']:%Y-%m-%d %H:%M}",
            row["decided_by"],
            row["action"],
            str(left),
            str(right),
            "yes" if row["id"] in counting else "no",
            row["why"],
        )
    console().print(table)


@app.command("explain")
def explain_two(one: One, other: One) -> None:
    """Show why two identifiers are one person's: the chain of evidence and its weakest link.

    Of several chains it is the one whose weakest link is strongest. For a person with many
    identifiers it also names the links whose removal would split it. Where the two are two
    people's, it shows the evidence that was refused between them, and why.

    **Writes** nothing; it reads what is published.

    **Example**: `kette identity explain email:mia@firm.example device_id:8d1c0e20`

    **Exit codes**: 0 explained · 1 an identifier is unknown or ambiguous.
    """
    check_settings()
    from orchestration.host import demo
    from orchestration.identity_review import explain, lookup

    demo.adopt()
    with lookup.published() as connection:
        found = explain.explain(
            connection, lookup.find(connection, one), lookup.find(connection, other)
        )
    if found.one_owner == found.other_owner:
        _say(f"One person: {found.one_owner}, with {found.size} identifiers")
        for link in found.chain:
            _say(f"  {link.one} — {link.other}{_evidence(link.evidence)}")
        if found.weakest:
            _say(f"Weakest link: {found.weakest.one} — {found.weakest.other}")
        for link in found.bridges:
            _say(f"Without {link.one} — {link.other} {link.split_size} of them would split off")
            _say(f"  {_command('cut', link.one, link.other)}")
    else:
        _say(f"Two persons: {found.one_owner} and {found.other_owner}")
        for row in found.refused:
            left = f"{row['left_type']} {row['left_value']}"
            right = f"{row['right_type']} {row['right_value']}"
            _say(f"  refused, {row['refusal_reason']}: {left} — {right}{_evidence([row])}")
        if not found.refused:
            _say("  No evidence ties the two directly")
    for row in found.decisions:
        _say(f"Decided by {row['decided_by']}: {row['action']}, {row['why']}")


def _say(text: str) -> None:
    console().print(text, markup=False, highlight=False)


def _command(action: str, one: Identifier, other: Identifier) -> str:
    return f"kette identity {action} '{one}' '{other}' --why …"


def _evidence(rows: list[dict[str, Any]]) -> str:
    told = [
        f"{row['source']} {row['kind']} ×{row['evidence_count']}"
        + (f" until {row['last_seen_at']:%Y-%m-%d}" if row["last_seen_at"] else "")
        for row in rows
    ]
    return f"  ({'; '.join(told)})" if told else ""


@app.command("what-if")
def what_if(
    rules: Annotated[Path | None, typer.Option(help="Instead of seeds/identity_rules.csv.")] = None,
    blocked: Annotated[
        Path | None, typer.Option(help="Instead of seeds/blocked_identifiers.csv.")
    ] = None,
    policies: Annotated[
        Path | None, typer.Option(help="Instead of seeds/shared_identifier_policies.csv.")
    ] = None,
    degree_cap: Annotated[
        int | None, typer.Option(min=1, help="Instead of the var identity_degree_cap.")
    ] = None,
) -> None:
    """Show which persons and key figures other rules would change, before anything is switched.

    The warehouse is copied and rebuilt there from the identities on; the copy goes when it is done.
    To switch, write the rules into the seed.

    **Writes** nothing that lasts; meanwhile a copy of the warehouse under `$KETTE_HOME/what-if/`.

    **Example**: `kette identity what-if --rules stricter.csv`

    **Exit codes**: 0 compared · 1 a file does not fit, or there is no warehouse.
    """
    check_settings()
    from orchestration import reporting
    from orchestration.host import demo
    from orchestration.identity_review import what_if as trial

    given = {trial.RULES: rules, trial.BLOCKED: blocked, trial.POLICIES: policies}
    files = {seed: file for seed, file in given.items() if file is not None}
    if not files and degree_cap is None:
        raise typer.BadParameter(
            "name at least one of --rules, --blocked, --policies, --degree-cap"
        )
    demo.adopt()
    with progress():
        found = trial.compare(files, degree_cap=degree_cap, progress=reporting.say)
    _say(f"Persons: {found.persons_before:,} now, {found.persons_after:,} with these rules")
    for kind in ("joined", "split", "moved"):
        _say(f"  {sum(change.kind == kind for change in found.changes):,} groups {kind}")
    for change in found.changes[: trial.PERSONS_AT_MOST]:
        shown = ", ".join(change.identifiers[:IDENTIFIERS_SHOWN])
        more = len(change.identifiers) - IDENTIFIERS_SHOWN
        _say(
            f"  {change.kind}: {len(change.before)} → {len(change.after)}: {shown}"
            + (f" and {more} more" if more > 0 else "")
        )
    if not found.figures:
        _say("No key figure of the last month would change.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("key figure", "month", "now", "with these rules"):
        table.add_column(name, justify="left" if name in {"key figure", "month"} else "right")
    for figure in found.figures:
        table.add_row(
            figure.label,
            f"{figure.period_start:%Y-%m}",
            *("-" if value is None else f"{value:,.4g}" for value in (figure.before, figure.after)),
        )
    console().print(table)


@app.command()
def junk() -> None:
    """List identifiers that look like nobody's, as lines for seeds/blocked_identifiers.csv.

    They have far more neighbours, or are tied to far more persons, than others of their type. What
    you take over into the seed is blocked from the next build on; nothing is blocked by itself.

    **Writes** nothing; it reads what is published.

    **Exit codes**: 0.
    """
    check_settings()
    from orchestration.host import demo
    from orchestration.identity_review import lookup

    demo.adopt()
    with lookup.published() as connection:
        found = lookup.rows(
            connection,
            """
            from marts.bridge_identity_suspects
            order by
                person_count desc, link_count desc,
                identifier_type, identifier_value, identifier_namespace
            """,
        )
    lines = csv.writer(sys.stdout, lineterminator="\n")
    for row in found:
        why = (
            f"tied to {row['person_count']} persons and {row['link_count']} identifiers "
            f"(usual {row['usual_person_count']:.1f} and {row['usual_link_count']:.1f})"
        )
        value = row["identifier_value"].lower()
        lines.writerow((row["identifier_type"], "exact", value, why))
    if not found:
        _say("No identifier stands out.")
