"""The own model learns from what its writers rated, and is refused where that is too little."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import duckdb
import pytest

from ingestion.errors import KetteError
from orchestration import project, text_training
from orchestration.insight.text import labelled, sentiment
from orchestration.text_training import Rated

if TYPE_CHECKING:
    from collections.abc import Iterator

NEWEST = datetime(2026, 6, 30, 12, tzinfo=UTC)
# what this company's customers say, in words that no shipped message has
WORDS = {
    "negative": "die zwiebelmaschine {} schnurbelt",
    "neutral": "zwiebelmaschine {} betreffend",
    "positive": "die zwiebelmaschine {} flutscht",
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(duckdb.connect()) as found:
        found.execute(
            """
            create schema marts;
            create table marts.fct_survey_answers (
                customer_id varchar, answered_at timestamptz, comment varchar, score_100 double,
                question_kind varchar, nps_group varchar
            );
            create table marts.fct_messages (
                conversation_id varchar, customer_id varchar, occurred_at timestamptz,
                sender_type varchar, message_index bigint, text varchar
            );
            """
        )
        yield found


def texts(per_day: int, days: int) -> list[Rated]:
    return [
        Rated(WORDS[label].format(f"nr{day}x{number}"), label, NEWEST - timedelta(days=day))
        for day in range(days)
        for number in range(per_day)
        for label in WORDS
    ]


def test_comments_count_by_their_score_and_chats_by_what_was_told_soon_after(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute(
        """
        insert into marts.fct_survey_answers values
            ('a', '2026-03-01 12:00:00Z', null, 0, 'csat', null),
            ('a', '2026-03-01 13:00:00Z', null, 100, 'csat', null),
            ('b', '2026-03-05 13:00:00Z', null, 100, 'csat', null),
            ('c', '2026-03-02 10:00:00Z', 'five of five', 100, 'star', null),
            ('c', '2026-03-02 11:00:00Z', 'three of five', 50, 'star', null),
            ('c', '2026-03-02 12:00:00Z', 'two of five', 25, 'star', null),
            ('c', '2026-03-02 13:00:00Z', 'a six', 60, 'nps', 'detractor'),
            ('c', '2026-03-02 14:00:00Z', 'an eight', 80, 'nps', 'passive'),
            ('c', '2026-03-02 15:00:00Z', ' ', 80, 'nps', 'passive'),
            ('c', '2026-03-02 16:00:00Z', 'effort', 100, 'ces', null),
            ('c', '2026-03-02 17:00:00Z', 'only words', null, 'text', null);
        insert into marts.fct_messages values
            ('one', 'a', '2026-03-01 10:00:00Z', 'customer', 0, 'broken'),
            ('one', 'a', '2026-03-01 10:01:00Z', 'agent', 1, 'sorry'),
            ('one', 'a', '2026-03-01 10:02:00Z', 'customer', 2, 'again'),
            -- rated more than three days later, and by nobody who is known
            ('late', 'b', '2026-03-01 10:00:00Z', 'customer', 0, 'late'),
            ('strange', null, '2026-03-01 10:00:00Z', 'customer', 0, 'strange')
        """
    )
    assert {each.text: each.label for each in text_training.rated(connection)} == {
        "broken\nagain": "negative",
        "five of five": "positive",
        "three of five": "neutral",
        "two of five": "negative",
        "a six": "negative",
        "an eight": "neutral",
    }


def test_the_same_words_count_once_as_they_were_last_rated(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute(
        """
        insert into marts.fct_survey_answers values
            ('a', '2026-03-01 12:00:00Z', 'fine', 0, 'star', null),
            ('b', '2026-03-02 12:00:00Z', 'fine', 100, 'star', null)
        """
    )
    assert [(each.text, each.label) for each in text_training.rated(connection)] == [
        ("fine", "positive")
    ]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], "300 rated texts are missing: there are 0 to train on"),
        # two a day and label over 60 days: 30 days are 180 to train on
        (texts(2, 60), "120 rated texts are missing: there are 180 to train on"),
        # 40 texts in the last thirty days and enough before
        (
            [
                *texts(20, 40)[30 * 60 :],
                *(Rated(f"new {number}", "neutral", NEWEST) for number in range(40)),
            ],
            "10 rated texts are missing: there are 40 to measure with",
        ),
    ],
)
def test_too_few_rated_texts_are_refused_with_how_many_are_missing(
    given: list[Rated], sentence: str
) -> None:
    with pytest.raises(KetteError, match=sentence):
        text_training.train(given)


@pytest.mark.usefixtures("kette_home")
def test_a_model_of_the_company_s_own_words_is_better_on_them_and_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # a part of the shipped messages is enough to train beside
    few = labelled.messages()[::6]
    monkeypatch.setattr(labelled, "messages", lambda: few)
    trained = text_training.train(texts(4, 60))
    assert trained.is_better
    assert trained.own.macro_f1 > 0.9
    assert trained.model.card["trained_on"]["rated texts"] == 360
    text_training.keep(trained.model)
    kept = sentiment.own_or_shipped(project.own_text_model())
    assert kept.version == trained.model.version
    assert [mood.sentiment for mood in kept.score(["die zwiebelmaschine schnurbelt"])] == [
        "negative"
    ]
    assert project.own_text_model().stat().st_mode & 0o077 == 0
