"""What may explain retention is what was known before the cut-off, and nothing that happened later."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.chain.build import Chain
from tests.chain.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MODELS = (
    "int_landmarks_taken",
    "int_landmarks_used",
    "int_landmarks_told",
    "int_landmarks_described",
    "int_retention_features",
)
TODAY = "2026-08-15"
# began on 1 January at noon: first looked at after 30 days, then every 90
FIRST = "2026-01-31 12:00:00+00:00"
SECOND = "2026-05-01 12:00:00+00:00"

# what the models read: columns with their types
TYPES = {
    "int_accounts_billed": "account_id varchar, customer_since timestamptz",
    "int_accounts_described": "account_id varchar, is_internal boolean, employee_count bigint",
    "int_accounts_acquired": "account_id varchar, acquisition_channel varchar",
    "int_mrr_movements_of_accounts": (
        "account_id varchar, counted_at timestamptz, movement_type varchar, "
        "mrr_change_amount decimal(18, 2), active_change integer, is_scheduled boolean, "
        "is_in_other_currency boolean"
    ),
    "int_touchpoints_phased": (
        "account_id varchar, customer_id varchar, occurred_at timestamptz, channel varchar, "
        "touchpoint varchar, journey_step varchar, initiated_by varchar"
    ),
    "int_conversations_identified": (
        "conversation_id varchar, account_id varchar, started_at timestamptz, "
        "first_customer_message_at timestamptz, first_agent_message_at timestamptz, "
        "resolved_at timestamptz, first_response_seconds bigint, resolution_seconds bigint"
    ),
    "int_conversations_chained": (
        "conversation_id varchar, opened_at timestamptz, journey_id varchar"
    ),
    "int_survey_answers_identified": (
        "account_id varchar, answered_at timestamptz, question_kind varchar, score_100 double"
    ),
    "int_texts_unioned": "account_id varchar, occurred_at timestamptz, text varchar",
    "int_texts_scored": "text varchar, sentiment_score double",
    "int_subscriptions_dated": (
        "account_id varchar, period_months integer, started_at timestamptz, ended_at timestamptz"
    ),
    "int_subscription_seats_dated": (
        "account_id varchar, valid_from_at timestamptz, valid_to_at timestamptz, seat_count integer"
    ),
    "int_customer_accounts": "account_id varchar, customer_id varchar",
    "int_customers_described": "customer_id varchar, identified_at timestamptz",
    "int_customer_personas": "customer_id varchar, persona varchar, persona_basis varchar",
}


def touch(moment: str, touchpoint: str, step: str | None = None, by: str = "customer") -> list[Any]:
    """Return a touchpoint of Eva's."""
    return ["a", "eva", moment, "app", touchpoint, step, by]


def facts(moment: str, name: str) -> dict[str, list[list[Any]]]:
    """Return one of everything that can happen to an account, at a moment; the name keeps ids apart."""
    return {
        "int_mrr_movements_of_accounts": [
            ["a", moment, "expansion", 500, 0, False, False],
        ],
        "int_touchpoints_phased": [
            touch(moment, "onboarding_session_booked", "use"),
            touch(moment, "colleague_invited", "use"),
            touch(moment, "page_slow", by="system"),
            touch(moment, "payment_failed", by="system"),
            touch(moment, "session_held"),
            touch(moment, "email_sent", by="company"),
            ["a", f"somebody {name}", moment, "app", f"new use {name}", "use", "customer"],
        ],
        # long waits: they would move the medians
        "int_conversations_identified": [
            [name, "a", moment, moment, moment, moment, 900000, 900000],
        ],
        "int_conversations_chained": [[name, moment, "j"]],
        "int_survey_answers_identified": [
            ["a", moment, kind, 0] for kind in ("nps", "csat", "ces")
        ],
        "int_texts_unioned": [["a", moment, "bad"]],
        "int_subscriptions_dated": [["a", 12, moment, None]],
        "int_subscription_seats_dated": [["a", moment, None, 40]],
        "int_customer_accounts": [["a", f"boss {name}"]],
        "int_customers_described": [[f"boss {name}", moment]],
        "int_customer_personas": [[f"boss {name}", "decision_maker", "title"]],
    }


BEFORE: dict[str, list[list[Any]]] = {
    "int_accounts_billed": [["a", "2026-01-01 12:00:00+00:00"]],
    "int_accounts_described": [["a", False, 80]],
    "int_accounts_acquired": [["a", "referral"]],
    "int_mrr_movements_of_accounts": [
        ["a", "2026-01-01 12:00:00+00:00", "new", 100, 1, False, False],
    ],
    "int_touchpoints_phased": [
        touch("2025-12-20 09:00:00+00:00", "signed_up"),
        touch("2025-12-21 09:00:00+00:00", "report_viewed", "use"),
        touch("2026-01-10 09:00:00+00:00", "report_viewed", "use"),
        touch("2026-01-10 09:01:00+00:00", "page_viewed:/docs"),
        touch("2026-01-10 09:01:04+00:00", "page_slow", by="system"),
    ],
    "int_conversations_identified": [
        ["c1", "a", *["2026-01-12 09:00:00+00:00"] * 2, "2026-01-12 09:30:00+00:00",
         "2026-01-12 11:00:00+00:00", 1800, 7200],
    ],
    "int_conversations_chained": [["c1", "2026-01-12 09:00:00+00:00", "j"]],
    "int_survey_answers_identified": [["a", "2026-01-20 09:00:00+00:00", "nps", 90]],
    "int_texts_unioned": [["a", "2026-01-12 09:00:00+00:00", "good"]],
    "int_texts_scored": [["good", 0.8], ["bad", -0.9]],
    "int_subscriptions_dated": [["a", 1, "2026-01-01 12:00:00+00:00", None]],
    "int_subscription_seats_dated": [["a", "2026-01-01 12:00:00+00:00", None, 3]],
    "int_customer_accounts": [["a", "eva"], ["a", "tom"]],
    "int_customers_described": [
        ["eva", "2025-12-20 09:00:00+00:00"], ["tom", "2025-12-20 09:00:00+00:00"],
    ],
    # by what he did, which may have been later
    "int_customer_personas": [["eva", "practitioner", "title"], ["tom", "leader", "use"]],
}  # fmt: skip


@cache
def project() -> Project:
    """Return the project; to read it takes longer than to build these models."""
    return Project({"as_of": TODAY})


def built(
    *happened: Mapping[str, Iterable[list[Any]]], leaks: Mapping[str, tuple[str, str]] | None = None
) -> Chain:
    """Return the features of a world in which this happened.

    Args:
        happened: Rows by model, in the order of its columns.
        leaks: Text of a model's SQL and what stands there instead.
    """
    chain = Chain(project())
    chain.connection.execute("create schema intermediate")
    chain.seed()
    for model, columns in TYPES.items():
        chain.connection.execute(f"create table intermediate.{model} ({columns})")
        for rows in happened:
            for row in rows.get(model, []):
                marks = ", ".join("?" * len(row))
                chain.connection.execute(f"insert into intermediate.{model} values ({marks})", row)
    for name in MODELS:
        node = chain.project.models[name]
        if old_and_new := (leaks or {}).get(name):
            assert old_and_new[0] in node.sql
            node = replace(node, sql=node.sql.replace(*old_and_new))
        chain._make(node)
    return chain


def looked_at(chain: Chain, number: int) -> dict[str, Any]:
    """Return what is known of the account at a landmark, without its outcome."""
    cursor = chain.connection.execute(
        "select * exclude (is_retained) from intermediate.int_retention_features "
        "where landmark_number = ?",
        [number],
    )
    (row,) = cursor.fetchall()
    return dict(zip([column[0] for column in cursor.description], row, strict=True))


def test_a_landmark_knows_what_happened_before_it() -> None:
    found = looked_at(built(BEFORE), 0)

    assert str(found["landmark_at"]) == FIRST
    del found["landmark_at"]
    assert found == {
        "landmark_id": "a|0", "account_id": "a", "landmark_number": 0, "is_current": False,
        "mrr_amount": 100, "paid_monthly": 100, "paying_age": "first_months", "employee_count": 80,
        "paying_days": 30, "is_yearly": False, "seat_count": 3, "persona": "practitioner",
        "acquisition_channel": "referral", "has_booked_onboarding": False, "has_activated": True,
        "has_invited_colleague": False,
        # one slow page beside a view, a use before and a use in the window, and the sign-up
        "slow_page_rate": 1 / 4,
        "has_failed_payment": False, "has_held_session": False, "campaign_mail_count": 0,
        "first_response_minutes": 30, "resolution_hours": 2, "has_repeated": False,
        "has_gone_unanswered": False, "conversation_count": 1, "active_day_count": 2,
        "active_person_count": 1, "feature_count": 1, "nps_score": 90, "csat_score": None,
        "ces_score": None, "sentiment_score": 0.8,
    }  # fmt: skip


@pytest.mark.parametrize("moment", [FIRST, "2026-02-14 08:00:00+00:00"], ids=["at it", "after it"])
def test_nothing_that_happens_at_a_landmark_or_later_changes_it(moment: str) -> None:
    before, later = built(BEFORE), built(BEFORE, facts(moment, "later"))

    assert looked_at(later, 0) == looked_at(before, 0)
    # the next look knows it
    unchanged = {
        name for name, value in looked_at(later, 1).items() if looked_at(before, 1)[name] == value
    }
    assert unchanged == {
        "landmark_id", "account_id", "landmark_number", "landmark_at", "is_current",
        "paying_age", "employee_count", "paying_days", "acquisition_channel", "has_activated",
        "has_gone_unanswered",
        # of the first month, which is over
        "first_response_minutes",
    }  # fmt: skip


LEAKS = {
    "int_landmarks_used": (
        "and landmarks.landmark_at > touchpoints.occurred_at",
        "and landmarks.landmark_at + to_days(90) > touchpoints.occurred_at",
    ),
    "int_landmarks_told": ("and landmarks.landmark_at > answers.answered_at", ""),
    "int_landmarks_described": ("and landmarks.landmark_at > persons.identified_at", ""),
    "int_landmarks_taken": (
        "where movements.counted_at < moments.landmark_at\n            and not",
        "where not",
    ),
}


@pytest.mark.parametrize("model", LEAKS)
def test_a_leak_is_noticed(model: str) -> None:
    leak = {model: LEAKS[model]}
    before = built(BEFORE, leaks=leak)
    later = built(BEFORE, facts("2026-02-14 08:00:00+00:00", "later"), leaks=leak)

    assert looked_at(later, 0) != looked_at(before, 0)


def test_what_was_answered_after_a_landmark_was_unanswered_at_it() -> None:
    asked = {
        "int_conversations_identified": [
            ["c2", "a", *["2026-01-30 09:00:00+00:00"] * 2, "2026-02-03 09:00:00+00:00",
             "2026-02-03 10:00:00+00:00", 345600, 349200],
        ]
    }  # fmt: skip
    chain = built(BEFORE, asked)

    assert looked_at(chain, 0)["has_gone_unanswered"] is True
    assert looked_at(chain, 0)["first_response_minutes"] == 30
    assert looked_at(chain, 1)["has_gone_unanswered"] is False
    # begun in the first month and answered later: the mean of 30 minutes and four days
    assert looked_at(chain, 1)["first_response_minutes"] == (30 + 5760) / 2


def outcomes(chain: Chain) -> list[tuple[Any, ...]]:
    """Return number and outcome of each landmark."""
    return chain.ask(
        "select landmark_number, is_retained from intermediate.int_landmarks_taken order by all"
    )


def left(moment: str) -> dict[str, list[list[Any]]]:
    """Return the movement by which the account leaves."""
    return {"int_mrr_movements_of_accounts": [["a", moment, "churn", -100, -1, False, False]]}


def test_each_departure_counts_in_the_one_horizon_in_which_it_falls() -> None:
    # the third horizon is not over today
    assert outcomes(built(BEFORE)) == [(-1, None), (0, True), (1, True)]
    assert outcomes(built(BEFORE, left("2026-05-01 11:00:00+00:00"))) == [(0, False)]
    assert outcomes(built(BEFORE, left(SECOND))) == [(0, True), (1, False)]
    assert outcomes(built(BEFORE, left("2026-08-01 09:00:00+00:00"))) == [(0, True), (1, True)]
    # who leaves before the first look was never looked at
    assert outcomes(built(BEFORE, left("2026-01-20 09:00:00+00:00"))) == []


def test_accounts_that_were_there_before_or_are_ones_own_are_not_looked_at() -> None:
    opening = ["a", "2025-12-31 12:00:00+00:00", "opening", 100, 0, False, False]
    older = {"int_mrr_movements_of_accounts": [opening]}
    own = {**BEFORE, "int_accounts_described": [["a", True, 80]]}

    assert outcomes(built(BEFORE, older)) == []
    assert outcomes(built(own)) == []
    assert outcomes(built()) == []


def test_every_feature_is_declared_and_every_declaration_a_feature() -> None:
    (declared,) = zip(*built().ask("select feature from seeds.driver_candidates"), strict=True)
    # the key, the outcome, and by what the ranking is split
    others = {
        "landmark_id", "account_id", "landmark_number", "landmark_at", "is_current",
        "is_retained", "mrr_amount", "paying_age",
    }  # fmt: skip
    columns = project().models["fct_retention_features"].columns

    assert set(declared) == set(columns) - others
