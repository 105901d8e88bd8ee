"""The installation's own model of sentiment: trained on texts whose writers rated what they wrote about."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from ingestion import private
from ingestion.errors import KetteError
from orchestration import project
from orchestration.insight.text import labelled, sentiment, training
from orchestration.insight.text.training import Example

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import duckdb

    from orchestration.insight.text.sentiment import Model

NAME = "own"
# fewer teach less than the shipped messages do, or measure nothing
LEAST_TRAINED = 300
LEAST_MEASURED = 50
HELD_OUT = timedelta(days=30)

# A comment is rated by the score given with it; a chat by the satisfaction that the same customer told within
# three days of its end, and only its customer's own turns are read.
RATED = """
with answers as (
    select
        customer_id,
        answered_at,
        comment,
        case
            when question_kind = 'nps' then
                case nps_group
                    when 'detractor' then 'negative'
                    when 'passive' then 'neutral'
                    else 'positive'
                end
            when score_100 >= 75 then 'positive'
            when score_100 > 25 then 'neutral'
            else 'negative'
        end as label,
        question_kind,
    from marts.fct_survey_answers
    where score_100 is not null and question_kind in ('csat', 'star', 'nps', 'review')
),

chats as (
    select
        conversation_id,
        any_value(customer_id) as customer_id,
        max(occurred_at) as ended_at,
        string_agg(text, chr(10) order by message_index) filter (
            where sender_type = 'customer'
        ) as text,
    from marts.fct_messages
    where customer_id is not null
    group by conversation_id
),

rated as (
    select comment as text, label, answered_at as rated_at
    from answers
    union all
    select chats.text, answers.label, answers.answered_at
    from chats
    inner join answers
        on chats.customer_id = answers.customer_id
        and answers.question_kind in ('csat', 'star')
        and answers.answered_at between chats.ended_at and chats.ended_at + interval 3 days
    qualify row_number() over (
        partition by chats.conversation_id order by answers.answered_at, answers.label
    ) = 1
)

-- the same words count once, as they were last rated
select trim(text) as text, label, rated_at
from rated
where trim(text) <> ''
qualify row_number() over (partition by trim(text) order by rated_at desc, label) = 1
order by rated_at, text
"""


class Rated(NamedTuple):
    """A text with the mood that its writer's rating tells, and when it was rated."""

    text: str
    label: str
    rated_at: datetime


class Trained(NamedTuple):
    """A model, and how it and the shipped one do on the texts that were held out."""

    model: Model
    own: training.Figures
    shipped: training.Figures

    @property
    def is_better(self) -> bool:
        """Whether the build takes it in place of the shipped one."""
        return self.own.macro_f1 > self.shipped.macro_f1


def rated(connection: duckdb.DuckDBPyConnection) -> list[Rated]:
    """Return the rated texts of what is published, oldest first, each text once."""
    return [Rated(*row) for row in connection.execute(RATED).fetchall()]


def train(texts: Sequence[Rated]) -> Trained:
    """Return a model of these texts and of the shipped messages.

    The texts of the last thirty days are held out: they are measured, and never trained on.

    Raises:
        KetteError: There are too few texts; it says how many are missing.
    """
    newest = max((each.rated_at for each in texts), default=None)
    before = [each for each in texts if newest and each.rated_at <= newest - HELD_OUT]
    held_out = [each for each in texts if newest and each.rated_at > newest - HELD_OUT]
    _refuse_below(LEAST_TRAINED, len(before), "to train on, rated before the last thirty days")
    _refuse_below(LEAST_MEASURED, len(held_out), "to measure with, rated in the last thirty days")
    known, _ = labelled.split(labelled.messages())
    model = training.train(
        NAME,
        [
            *(Example(each.id, each.text, each.label) for each in known),
            *(Example(f"{NAME}-{at}", each.text, each.label) for at, each in enumerate(before)),
        ],
    )
    unseen = [Example(f"{NAME}-{at}", each.text, each.label) for at, each in enumerate(held_out)]
    own = training.measure(model, unseen)
    shipped = training.measure(sentiment.shipped(), unseen)
    card = {
        "name": NAME,
        "trained_on": {"messages shipped with Kette": len(known), "rated texts": len(before)},
        "measured_on": f"the rated texts of the thirty days to {newest:%Y-%m-%d}",
        "measured": {
            name: {key: round(value, 3) for key, value in figures._asdict().items()}
            for name, figures in (("own", own), ("shipped", shipped))
        },
        "is_better": own.macro_f1 > shipped.macro_f1,
    }
    return Trained(replace(model, card=card), own, shipped)


def keep(model: Model) -> None:
    """Write the model where the next build finds it."""
    path = project.own_text_model()
    path.parent.mkdir(parents=True, exist_ok=True)
    model.write(path)
    private.keep(path.parent)


def _refuse_below(least: int, there: int, what: str) -> None:
    if there < least:
        raise KetteError(
            f"{least - there} rated texts are missing: there are {there} {what}, and it takes {least}",
            where="kette text train",
            fix="Ask for satisfaction after chats, and train when there are more; until then the "
            "shipped model is used",
        )
