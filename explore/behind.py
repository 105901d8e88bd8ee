"""Who and what is behind a figure of a channel and step: people, answers and words, ways to a purchase.

Each function returns the newest rows first, and one more than ``AT_MOST`` where there are more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from explore.events import CONTACTS, Bound, start_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    Rows = Callable[[str, dict[str, Any]], list[dict[str, Any]]]

AT_MOST = 200
# how metrics write what has no channel or step, and who has no persona
UNMAPPED, UNKNOWN, ALL = "unmapped", "unknown", "all"
WHO = """
    persons.customer_id, persons.full_name, persons.email, accounts.account_id,
    accounts.account_name
"""
PERSONS = """
    join marts.dim_customers as persons on counted.customer_id = persons.customer_id
    left join marts.dim_accounts as accounts on persons.account_id = accounts.account_id
"""


@dataclass(frozen=True)
class Cell:
    """A slice of a period: months from first to last, both included, by the business calendar."""

    channel: str
    journey_step: str
    persona: str
    first: date
    last: date
    time_zone: str

    def conditions(self, bound: Bound, *, channel: str, step: str, when: str) -> str:
        """Return which rows belong to it, as SQL; the arguments name the columns."""
        after = (self.last.replace(day=1) + timedelta(days=31)).replace(day=1)
        parts = [
            f"{when} >= {start_of(self.first.replace(day=1), self.time_zone, bound)}",
            f"{when} < {start_of(after, self.time_zone, bound)}",
            "not coalesce(persons.is_internal, false)",
        ]
        for column, value, missing in (
            (channel, self.channel, UNMAPPED),
            (step, self.journey_step, UNMAPPED),
            ("persons.persona", self.persona, UNKNOWN),
        ):
            if value != ALL:
                parts.append(f"coalesce({column}, '{missing}') = {bound.add(value)}")
        return " and ".join(parts)


def people(rows: Rows, cell: Cell) -> list[dict[str, Any]]:
    """Return who was in contact there by themselves, how often, and when last."""
    bound = Bound()
    where = cell.conditions(
        bound, channel="counted.channel", step="journey_step", when="occurred_at"
    )
    return rows(
        f"""
        select
            {WHO}, count(*) as contact_count, max(occurred_at) as occurred_at
        from marts.fct_touchpoints as counted
        inner {PERSONS}
        where {CONTACTS} and {where}
        group by all
        order by occurred_at desc, persons.customer_id
        limit {AT_MOST + 1}
        """,  # noqa: S608 - names of our own; values are bound
        bound.values,
    )


def said(rows: Rows, cell: Cell, kind: str) -> list[dict[str, Any]]:
    """Return what people said of the step.

    Args:
        rows: Runs a statement with bound values on the published file.
        cell: Where and when.
        kind: ``nps``, ``csat``, ``ces`` or ``text``.
    """
    bound = Bound()
    where = cell.conditions(
        bound, channel="counted.channel", step="journey_step", when="counted.occurred_at"
    )
    return rows(
        f"""
        select
            {WHO}, counted.occurred_at, counted.sentiment, answers.score, answers.scale_max,
            coalesce(
                answers.comment, messages.text,
                case when texts.text_kind = 'subject' then talks.subject end
            ) as words
        from marts.fct_step_feedback as counted
        left {PERSONS}
        left join marts.fct_survey_answers as answers on counted.answer_id = answers.answer_id
        left join marts.fct_texts as texts on counted.text_id = texts.text_id
        left join marts.fct_messages as messages on texts.message_id = messages.message_id
        left join marts.fct_conversations as talks
            on counted.conversation_id = talks.conversation_id
        where counted.feedback_kind = {bound.add(kind)} and {where}
        order by counted.occurred_at desc, counted.step_feedback_id
        limit {AT_MOST + 1}
        """,  # noqa: S608 - as above
        bound.values,
    )


def stays(rows: Rows, cell: Cell) -> list[dict[str, Any]]:
    """Return the stays at the step on ways to a first purchase, and what followed each."""
    bound = Bound()
    where = cell.conditions(
        bound, channel="counted.from_channel", step="counted.from_step", when="counted.occurred_at"
    )
    return rows(
        f"""
        select
            {WHO}, counted.occurred_at, counted.to_step, counted.seconds_between, counted.touchpoint_count
        from marts.fct_journey_transitions as counted
        inner {PERSONS}
        where counted.journey_type = 'acquisition' and {where}
        order by counted.occurred_at desc, counted.transition_id
        limit {AT_MOST + 1}
        """,  # noqa: S608 - as above
        bound.values,
    )
