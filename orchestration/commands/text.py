"""`kette text …`: what is made of customers' words, tried on one sentence and told in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from orchestration.commands.common import check_settings, console

if TYPE_CHECKING:
    from collections.abc import Mapping

app = typer.Typer(
    no_args_is_help=True, help="What customers write: its language and its mood, told offline."
)

# the card's figures, in the words that people read
FIGURES = {
    "texts": "texts",
    "macro_f1": "macro-F1, unsure counting as missed",
    "macro_f1_of_answered": "macro-F1 of those answered",
    "negative_recall": "negative found",
    "negative_precision": "negative right",
    "answered_share": "answered",
    "neutral_macro_f1": "macro-F1 of always saying neutral",
}


@app.command("try")
def try_one(text: Annotated[str, typer.Argument(help="What a customer wrote.")]) -> None:
    """Score one text: its language, sentiment and score.

    **Writes** nothing, and no log keeps the text.

    **Example**: `kette text try "Der Login geht schon wieder nicht"`

    **Exit codes**: 0 always.
    """
    check_settings()
    from orchestration.insight.text import language, sentiment

    scorer = sentiment.shipped()
    (mood,) = scorer.score([text])
    (spoken,) = language.languages([text])
    sentiment_told = mood.sentiment or "unsure"
    score = "" if mood.score is None else f", score {mood.score:+.2f} of -1 to 1"
    console().print(
        f"{sentiment_told}{score}; language {spoken}; {scorer.version}",
        markup=False,
        highlight=False,
    )


@app.command()
def card() -> None:
    """Print the card of the model in use: what it was trained on, and how well it does.

    **Writes** nothing.

    **Exit codes**: 0 always.
    """
    check_settings()
    from orchestration.insight.text import sentiment

    model = sentiment.shipped()
    trained = ", ".join(f"{count} in {name}" for name, count in model.card["trained_on"].items())
    console().print(f"{model.version}: trained on {trained}", markup=False, highlight=False)
    console().print(
        f"It answers where it is sure by {model.threshold:.0%} or more. Measured on "
        f"{model.card['measured_on']}:",
        markup=False,
        highlight=False,
    )
    console().print(_table(model.card["measured"]))


def _table(measured: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for name in measured:
        table.add_column(name, justify="right")
    for key, told in FIGURES.items():
        table.add_row(told, *(f"{figures[key]:.3g}" for figures in measured.values()))
    return table
