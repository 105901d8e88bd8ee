"""What customers answered and wrote, as lists and distributions: asked of the published copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from explore.events import Bound, start_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    Rows = Callable[[str, dict[str, Any]], list[dict[str, Any]]]

AT_MOST = 200
ALL = "all"
# what a list can hold: answers with words, those with a low score that nobody followed up, or each
LISTS = {
    "comments": "trim(coalesce(answers.comment, '')) != ''",
    "open": "low.is_open",
    ALL: "true",
}
# thirds of what can be answered, as people speak of them
GROUPS = {
    "low": "low.answer_id is not null",
    "high": "case when answers.question_kind = 'nps' then answers.nps_group = 'promoter' "
    "else answers.score_100 >= 75 end",
    "middle": "low.answer_id is null and case when answers.question_kind = 'nps' "
    "then answers.nps_group = 'passive' else answers.score_100 < 75 end",
}
# the scale on which each kind of question is told
SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "review": (1, 5)}
ANSWERS = """
    from marts.fct_survey_answers as answers
    left join marts.dim_customers as persons on answers.customer_id = persons.customer_id
    left join marts.dim_accounts as accounts on answers.account_id = accounts.account_id
    left join marts.fct_low_scores as low on answers.answer_id = low.answer_id
    left join marts.fct_texts as texts on answers.answer_id = texts.answer_id
"""


@dataclass(frozen=True)
class Asked:
    """Which answers are asked for: a kind of question, and months from first to last."""

    kind: str
    first: date
    last: date
    time_zone: str

    def conditions(self, bound: Bound, when: str) -> list[str]:
        """Return which rows belong to it, as SQL; ``when`` names the moment that counts."""
        after = (self.last.replace(day=1) + timedelta(days=31)).replace(day=1)
        return [
            f"{when} >= {start_of(self.first.replace(day=1), self.time_zone, bound)}",
            f"{when} < {start_of(after, self.time_zone, bound)}",
            "not coalesce(persons.is_internal, false)",
        ]


def distribution(rows: Rows, asked: Asked) -> list[dict[str, Any]]:
    """Return how many answers each point of the scale has, from the lowest on, zeros included."""
    bound = Bound()
    low, high = SCALES[asked.kind]
    where = [
        *asked.conditions(bound, "answers.answered_at"),
        f"answers.question_kind = {bound.add(asked.kind)}",
        "answers.score_100 is not null",
    ]
    found = rows(
        f"""
        select
            cast(round({low} + {high - low} * answers.score_100 / 100) as integer) as point,
            count(*) as answer_count
        from marts.fct_survey_answers as answers
        left join marts.dim_customers as persons on answers.customer_id = persons.customer_id
        where {" and ".join(where)}
        group by all
        """,  # noqa: S608 - names of our own; values are bound
        bound.values,
    )
    counts = {row["point"]: row["answer_count"] for row in found}
    return [
        {"point": point, "answer_count": counts.get(point, 0)} for point in range(low, high + 1)
    ]


def reach(rows: Rows, asked: Asked) -> list[dict[str, Any]]:
    """Return for each persona how many people there are, were invited, and answered in the period.

    People are those known by name who were seen before its end. An invitation counts when it was sent,
    an answer of any kind when it was given.
    """
    bound = Bound()
    after = (asked.last.replace(day=1) + timedelta(days=31)).replace(day=1)
    invited = " and ".join(asked.conditions(bound, "invitations.invited_at"))
    answered = " and ".join(asked.conditions(bound, "answers.answered_at"))
    return rows(
        f"""
        with invited as (
            select distinct invitations.customer_id
            from marts.fct_survey_invitations as invitations
            inner join marts.dim_customers as persons
                on invitations.customer_id = persons.customer_id
            where {invited}
        ),

        answered as (
            select distinct answers.customer_id
            from marts.fct_survey_answers as answers
            inner join marts.dim_customers as persons
                on answers.customer_id = persons.customer_id
            where answers.question_kind != 'review' and {answered}
        )

        select
            coalesce(persons.persona, 'unknown') as persona,
            count(*) as person_count,
            count(invited.customer_id) as invited_count,
            count(answered.customer_id) as answered_count
        from marts.dim_customers as persons
        left join invited on persons.customer_id = invited.customer_id
        left join answered on persons.customer_id = answered.customer_id
        where
            persons.is_identified and not persons.is_internal
            and persons.first_seen_at < {start_of(after, asked.time_zone, bound)}
        group by all
        order by person_count desc, persona
        """,  # noqa: S608 - as above
        bound.values,
    )


def answers(
    rows: Rows,
    asked: Asked,
    *,
    only: str = "comments",
    group: str = ALL,
    topic: str = ALL,
    sentiment: str = ALL,
) -> list[dict[str, Any]]:
    """Return answers with their words, person and account, the newest first.

    One more than ``AT_MOST`` is returned where there are more.

    Args:
        rows: Runs a statement with bound values on the published file.
        asked: Which answers.
        only: One of ``LISTS``.
        group: One of ``GROUPS``, or all.
        topic: A topic of texts, or all.
        sentiment: ``negative``, ``neutral`` or ``positive``, or all.
    """
    bound = Bound()
    where = [
        *asked.conditions(bound, "answers.answered_at"),
        f"answers.question_kind = {bound.add(asked.kind)}",
        "answers.score_100 is not null",
        LISTS.get(only, "true"),
    ]
    if group in GROUPS:
        where.append(f"({GROUPS[group]})")
    where += [
        f"texts.{column} = {bound.add(value)}"
        for column, value in (("topic", topic), ("sentiment", sentiment))
        if value != ALL
    ]
    return rows(
        f"""
        select
            answers.answer_id, answers.answered_at, answers.score, answers.scale_max,
            answers.comment, answers.moment, texts.topic, texts.sentiment,
            persons.customer_id, persons.full_name, persons.email,
            accounts.account_id, accounts.account_name, accounts.mrr_amount,
            accounts.currency_code, low.answer_id is not null as is_low,
            coalesce(low.is_open, false) as is_open, low.followed_up_at
        {ANSWERS}
        where {" and ".join(where)}
        order by answers.answered_at desc, answers.answer_id
        limit {AT_MOST + 1}
        """,
        bound.values,
    )
