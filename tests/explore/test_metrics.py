"""Metrics by name, dimension and period, worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from explore.metrics import Asked, Figure, ask
from ingestion.errors import KetteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Rows = "Callable[[str, Mapping[str, Any]], list[dict[str, Any]]]"
JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
# metric, month, channel, step, phase, persona, numerator, denominator, squares, cases
FIGURES = [
    ("rate", JANUARY, "all", "all", "all", "all", 6, 10, None, 10),
    ("rate", JANUARY, "chat", "all", "all", "all", 4, 4, None, 4),
    ("rate", JANUARY, "mail", "all", "all", "all", 2, 6, None, 6),
    ("rate", JANUARY, "mail", "all", "all", "leader", 1, 5, None, 5),
    ("rate", FEBRUARY, "all", "all", "all", "all", 9, 10, None, 10),
    ("rate", FEBRUARY, "chat", "all", "all", "all", 9, 10, None, 10),
    # no figure over all phases; every row of one step
    ("phases", JANUARY, "all", "use", "purchase", "all", 1, 8, None, 8),
    ("phases", JANUARY, "all", "use", "retention", "all", 2, 8, None, 8),
    ("people", JANUARY, "all", "all", "all", "all", 7, None, None, 7),
    ("people", FEBRUARY, "all", "all", "all", "all", 9, None, None, 9),
    ("open", JANUARY, "all", "all", "all", "all", 3, None, None, 3),
    ("open", FEBRUARY, "all", "all", "all", "all", 5, None, None, 5),
]
CATALOGUE = [
    ("rate", "additive"),
    ("phases", "additive"),
    ("people", "distinct"),
    ("open", "stock"),
]


@pytest.fixture
def rows() -> Iterator[Callable[[str, Mapping[str, Any]], list[dict[str, Any]]]]:
    """Return what asks a publication that holds these figures."""
    with duckdb.connect() as copy:
        copy.execute("create schema metrics")
        copy.execute("create schema catalogue")
        copy.execute("create table catalogue.metrics (metric text, additivity text)")
        copy.executemany("insert into catalogue.metrics values (?, ?)", CATALOGUE)
        copy.execute(
            "create table metrics.mtr_monthly (metric text, period_start date, channel text, "
            "journey_step text, journey_phase text, persona text, numerator double, "
            "denominator double, sum_of_squares double, sample_size bigint, "
            "population_size bigint, ripe_from date)"
        )
        copy.executemany(
            "insert into metrics.mtr_monthly values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null, null)",
            FIGURES,
        )

        def asked(query: str, bound: Mapping[str, Any]) -> list[dict[str, Any]]:
            found = copy.execute(query, dict(bound))
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

        yield asked


def told(asked: Asked) -> list[tuple[object, ...]]:
    return [
        (answer.figure.period_start, *answer.slice.values(), answer.figure.value)
        for answer in asked.answers
    ]


def test_the_whole_company_by_month(rows: Any) -> None:
    assert told(ask(rows, "rate")) == [(JANUARY, 0.6), (FEBRUARY, 0.9)]


def test_by_a_dimension_all_others_are_taken_together(rows: Any) -> None:
    assert told(ask(rows, "rate", by=["channel"], last=JANUARY)) == [
        (JANUARY, "chat", 1.0),
        (JANUARY, "mail", pytest.approx(1 / 3)),
    ]


def test_by_two_dimensions_and_by_one_slice_alone(rows: Any) -> None:
    assert told(ask(rows, "rate", by=["channel", "persona"])) == [(JANUARY, "mail", "leader", 0.2)]
    assert told(ask(rows, "rate", only={"channel": "chat"}, first=FEBRUARY)) == [(FEBRUARY, 0.9)]


def test_months_are_added_up_before_a_rate_is_made(rows: Any) -> None:
    (answer,) = ask(rows, "rate", whole_period=True).answers
    assert (answer.figure.value, answer.figure.sample_size) == (15 / 20, 20)
    by_channel = ask(rows, "rate", by=["channel"], whole_period=True)
    assert [(a.slice["channel"], a.figure.value) for a in by_channel.answers] == [
        ("chat", 13 / 14),
        ("mail", 2 / 6),
    ]


def test_a_stock_is_that_of_the_last_month(rows: Any) -> None:
    assert told(ask(rows, "open", whole_period=True)) == [(FEBRUARY, 5)]


def test_who_is_in_two_months_is_not_added_up(rows: Any) -> None:
    with pytest.raises(KetteError, match="do not add up"):
        ask(rows, "people", whole_period=True)


def test_a_phase_is_told_where_there_is_no_figure_over_all(rows: Any) -> None:
    assert told(ask(rows, "phases")) == [
        (JANUARY, "purchase", 0.125),
        (JANUARY, "retention", 0.25),
    ]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"metric": "raet"}, "Did you mean rate"),
        ({"metric": "rate", "by": ["colour"]}, "counted by channel, persona"),
        ({"metric": "people", "by": ["channel"]}, "counted by month alone"),
        ({"metric": "rate", "only": {"channel": "fax"}}, "There is all, chat, mail"),
    ],
)
def test_a_name_that_means_nothing_is_told_with_what_there_is(
    rows: Any, question: dict[str, Any], said: str
) -> None:
    with pytest.raises(KetteError) as refused:
        ask(rows, **question)
    assert said in str(refused.value)


def test_a_value_that_was_typed_becomes_no_sql(rows: Any) -> None:
    with pytest.raises(KetteError):
        ask(rows, "rate'; drop table metrics.mtr_monthly; --")
    with pytest.raises(KetteError):
        ask(rows, "rate", only={"channel": "chat' or true --"})
    assert len(ask(rows, "rate").answers) == 2


def test_of_few_cases_no_share_is_told() -> None:
    assert Figure(JANUARY, 1, 4, None, 4).has_too_few
    assert not Figure(JANUARY, 1, 5, None, 5).has_too_few
    # a count of few is a count
    assert not Figure(JANUARY, 1, None, None, 1).has_too_few
