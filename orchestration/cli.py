"""The `kette` command: what it can do and how failures are told. The work is done elsewhere."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from ingestion.errors import KetteError
from orchestration.commands import (
    chain,
    doctor,
    drift,
    figures,
    identity,
    models,
    quarantine,
    sandbox,
    scaffold,
    serving,
    webhooks,
)
from orchestration.commands.common import error_console


class _Group(TyperGroup):
    """Tells an expected failure in one message instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; exit code 1 where it fails in an expected way."""
        try:
            return super().invoke(ctx)
        except KetteError as error:
            error_console().print(f"[bold red]✗[/bold red] {_escaped(str(error))}", highlight=False)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            error_console().print("Stopped.")
            raise typer.Exit(130) from None


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="""
Kette ties what customers do, say and pay to one person and one account.

**Start**: `kette run`, then `kette serve`. Without any credentials both use a simulated
company; `docs/connect.md` connects your own systems.

**Where things are**: data under `$KETTE_HOME` (by default `data/` in the checkout), every setting
in `.env.example`.

**Exit codes**: 0 done · 1 failed, with one message that names the cause and the next step ·
2 wrong usage.
""",
)

app.command("run")(chain.run)
app.command("serve")(serving.serve)
app.command("load")(chain.load)
app.command("publish")(chain.publish)
app.command(
    "dbt",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=True,
)(models.dbt)
app.command("doctor")(doctor.doctor)
app.command("drift")(drift.drift)
app.command("new-source")(scaffold.new_source)
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(identity.app, name="identity")
app.add_typer(figures.app, name="figures")
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(webhooks.app, name="webhooks")


if __name__ == "__main__":
    app()
