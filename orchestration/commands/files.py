"""`kette files try`: what a file would load, with a mapping of one's own or one that is proposed."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from ingestion.errors import KetteError
from orchestration.commands.common import check_settings, console

if TYPE_CHECKING:
    from ingestion.sources.files.trial import Problem, Trial

app = typer.Typer(
    no_args_is_help=True, help="Files of one's own: try what a mapping would load of one."
)
# lines of one reason that are told
MOST_PLACES = 20
LONGEST = 60


@app.callback()
def files() -> None:
    """Take what stands before the command."""


@app.command("try")
def try_file(
    file: Annotated[str, typer.Argument(help="A CSV, JSON, workbook or Parquet file.")],
    mapping: Annotated[
        str | None,
        typer.Option("--mapping", help="Name of a mapping, or the path of its file."),
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="Of a workbook.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="What is proposed: touchpoints, orders, surveys.")
    ] = None,
) -> None:
    """Show what a file would load: a mapping, the first rows, and each line that is wrong.

    Where a mapping describes the file, or `--mapping` names one, that one is tried. Else one is
    proposed: save what is printed as `NAME.yml` among the mappings (`SOURCES__FILES__MAPPINGS`).
    What is a guess has a comment. **The rows may hold personal data**: do not pass them on.

    **Writes** nothing; the file is read and judged as a load would, and then forgotten.

    **Examples**: `kette files try orders.xlsx` · `kette files try orders.csv --mapping shop` ·
    `kette files try orders.csv --mapping mappings/shop.yml`

    **Exit codes**: 0 every row would load · 1 one would not, the file or the mapping is wrong, or
    the proposal lacks what only you can say.
    """
    check_settings()
    from ingestion.control import suppression
    from ingestion.loading import dlt_package
    from ingestion.sources import files
    from ingestion.sources.files import trial
    from orchestration.host import demo

    demo.adopt()
    path = Path(file).expanduser()
    is_alone = mapping is not None and mapping.endswith(trial.MAPPINGS)
    setting = "" if is_alone else str(dlt_package.resolve(files.LOAD).get("mappings") or "")
    with trial.workplace() as folder:
        chosen = trial.described(path, setting, mapping)
        if chosen is None:
            chosen = _proposed(path, folder, setting, sheet=sheet, kind=kind)
        elif sheet is not None or kind is not None:
            raise KetteError(
                "--sheet and --kind belong to a proposal, and the mapping says both",
                where=chosen.where,
                fix="Leave them out, or write them into the mapping",
            )
        else:
            _say(f"Tried with {chosen.where}.")
        found = trial.run(
            chosen,
            trial.data_file(chosen, path),
            folder,
            suppressions=suppression.suppressed_hashes(),
        )
    _print(found)
    if found.failure:
        raise found.failure
    if found.problems:
        raise typer.Exit(1)


def _proposed(
    path: Path, folder: Path, setting: str, *, sheet: str | None, kind: str | None
) -> Any:
    """Print a proposal and return it as a mapping."""
    from ingestion.sources.files import proposal
    from ingestion.sources.files.contract import COLUMNS
    from ingestion.sources.files.mapping import hint
    from ingestion.sources.files.mappings import load_mappings, parsed

    if kind is not None and kind not in COLUMNS:
        raise KetteError(f"--kind cannot be {kind!r}", fix=hint(kind, COLUMNS))
    taken = {mapping.name for mapping in load_mappings(setting).usable} if setting else set()
    found = proposal.propose(path, folder, sheet=sheet, kind=kind, taken=taken)
    _say("No mapping describes this file. This one would:\n")
    _say(found.text)
    if gap := found.gap():
        raise gap
    return parsed(found.text, "the proposed mapping", path.absolute().parent)


def _print(found: Trial) -> None:
    outcome = found.outcome
    counts = {
        "would load": outcome.passed,
        "repeat a key": outcome.deduped,
        "are of people who must not be loaded": outcome.suppressed,
        "would not load": outcome.rejected,
    }
    total = sum(counts.values())
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    _say(f"Of {total:,} rows {told}." if total else "There is no row in it.")
    for remark in found.remarks:
        _say(f"- {remark}")
    if found.rows:
        _print_rows(found)
    for problem in found.problems:
        _print_problem(problem)


def _print_rows(found: Trial) -> None:
    _say(f"\nThe first rows as they would load ({found.mapping.kind}):")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("column", no_wrap=True)
    for number in range(1, len(found.rows) + 1):
        table.add_column(f"row {number}", overflow="fold")
    for name in found.shown:
        table.add_row(name, *(_shown(row[name]) for row in found.rows))
    console().print(table, markup=False, highlight=False)


def _shown(value: Any) -> Any:
    from rich.text import Text

    if isinstance(value, datetime):
        return Text(f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")
    if isinstance(value, Decimal):
        return Text(f"{value.normalize():f}")
    text = "" if value is None else str(value)
    # a value may hold brackets, which are no markup
    return Text(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")


def _print_problem(problem: Problem) -> None:
    _say(f"\n{problem.reason}. {problem.fix}.")
    for place, value in problem.places[:MOST_PLACES]:
        _say(f"- {place}" if value is None else f"- {place}: {_cut(value)}")
    if len(problem.places) > MOST_PLACES:
        _say(f"- and {len(problem.places) - MOST_PLACES:,} more")


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"


def _say(text: str) -> None:
    console().print(text, markup=False, highlight=False, soft_wrap=True)
