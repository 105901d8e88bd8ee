"""The `kette` command: what it can do and how failures are told. The work is done elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import click
import typer
from typer.core import TyperGroup

from ingestion.errors import KetteError
from orchestration.commands import (
    chain,
    doctor,
    drift,
    drivers,
    explore,
    figures,
    files,
    identity,
    metric,
    models,
    quarantine,
    sandbox,
    scaffold,
    serving,
    stores,
    text,
    webhooks,
)
from orchestration.commands.common import error_console

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Group(TyperGroup):
    """Tells an expected failure in one message instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; exit code 1 where it fails in an expected way."""
        try:
            with _told():
                return super().invoke(ctx)
        except KetteError as error:
            error_console().print(f"[bold red]✗[/bold red] {_escaped(str(error))}", highlight=False)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            error_console().print("Stopped.")
            raise typer.Exit(130) from None


@contextmanager
def _told() -> Iterator[None]:
    """Tell in a sentence what the machine refuses, whichever command met it."""
    try:
        yield
    except (KetteError, click.exceptions.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        from ingestion import troubles

        if sentence := troubles.in_words(error):
            raise sentence from None
        raise


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
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


def _print_version(is_wanted: bool) -> None:  # noqa: FBT001 - Typer hands flags over by position
    if is_wanted:
        from importlib.metadata import version

        typer.echo(f"kette {version('kette')}")
        raise typer.Exit


@app.callback()
def main(
    _version: Annotated[  # noqa: FBT002 - Typer hands flags over by position
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    """Take what stands before the command."""


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
app.command("backup")(stores.backup)
app.add_typer(stores.app, name="control")
app.command("drift")(drift.drift)
app.command("funnel")(explore.funnel)
app.command("retention")(explore.retention)
app.command("paths")(explore.paths)
app.command("metric")(metric.metric)
app.command("drivers")(drivers.drivers)
app.command("new-source")(scaffold.new_source)
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(files.app, name="files")
app.add_typer(identity.app, name="identity")
app.add_typer(figures.app, name="figures")
app.add_typer(text.app, name="text")
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(webhooks.app, name="webhooks")


if __name__ == "__main__":
    app()
