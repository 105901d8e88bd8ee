"""`kette text …`: what is made of customers' words, tried on one sentence and told in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from orchestration.commands.common import check_settings, console

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestration.insight.text.sentiment import Model

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
    import pyarrow as pa

    from orchestration import project
    from orchestration.insight.text import frames, sentiment

    scorer = sentiment.own_or_shipped(project.own_text_model())
    no_words = pa.table({"topic": pa.array([], pa.string()), "pattern": pa.array([], pa.string())})
    (told,) = frames.scored(pa.table({"text": [text]}), no_words, scorer).to_pylist()
    score = told["sentiment_score"]
    console().print(
        f"{told['sentiment'] or 'unsure'}"
        f"{'' if score is None else f', score {score:+.2f} of -1 to 1'}; "
        f"language {told['language']}; {told['scorer']}",
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
    from orchestration import project
    from orchestration.insight.text import sentiment

    _tell(sentiment.own_or_shipped(project.own_text_model()))


@app.command()
def train() -> None:
    """Train a model on your own rated texts: chats and comments with what their writers thought of it.

    Chats count by the satisfaction that the customer told within three days of their end, comments by the
    score given with them. The last thirty days are held out, and the model is measured on them beside the
    shipped one. The next build uses it if it is better.

    **Writes** `$KETTE_HOME/text/sentiment.npz`: figures, and no word of anybody.

    **Exit codes**: 0 trained · 1 too few rated texts, with how many are missing, or nothing is published.
    """
    check_settings()
    from orchestration import text_training
    from orchestration.identity_review import lookup

    with lookup.published() as connection:
        texts = text_training.rated(connection)
    trained = text_training.train(texts)
    text_training.keep(trained.model)
    _tell(trained.model)
    console().print(
        "It is better than the shipped model: the next build uses it."
        if trained.is_better
        else "It is no better than the shipped model: builds go on with the shipped one.",
        markup=False,
    )


def _tell(model: Model) -> None:
    trained = ", ".join(f"{count:,} {name}" for name, count in model.card["trained_on"].items())
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
