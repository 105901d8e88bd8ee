"""What customers write becomes one row per text with its language, mood and topic; worked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chain.raw import small_world
from tests.chain.test_conversations import AGENT, BOT, NOTE, chat, ticket

if TYPE_CHECKING:
    from tests.chain.build import Chain

CHATS = {
    "angry, then thankful": [
        ("v", "04T10:00:00", "Der Login geht schon wieder nicht"),
        (AGENT, "04T10:01:00", "Danke, wir schauen nach"),
        ("v", "04T10:02:00", "Mein Passwort wird nicht angenommen, das nervt"),
        (NOTE, "04T10:03:00", "Passwort zurückgesetzt"),
        ("v", "04T10:04:00", "Danke, hat super geklappt!"),
    ],
    "asked in English": [
        ("v", "05T10:00:00", "How can I change my plan?"),
        (BOT, "05T10:00:05", "An agent will be with you"),
    ],
    "in a language that is not told": [
        ("v", "06T10:00:00", "Gdzie jest moje zamówienie? Czekam już dwa tygodnie"),
        ("v", "06T10:01:00", "  "),
    ],
}
MODELS = ["fct_texts", "dim_topics", "fct_conversations"]


@pytest.fixture(scope="module")
def world() -> Chain:
    return small_world(
        {
            "tawk.chats": [chat(name, messages) for name, messages in CHATS.items()],
            "hubspot.tickets": [ticket("801", subject="Frage zur Rechnung")],
            "trustmary.answers": [],
        },
        today="2026-04-02",
        seeds={"automated_agents": [{"source": "tawk", "agent_name": BOT}]},
        only=MODELS,
    )


def test_only_what_customers_wrote_is_a_text(world: Chain) -> None:
    assert world.ask(
        "select text_kind, count(*) from marts.fct_texts group by all order by all"
    ) == [
        ("message", 5),
        ("subject", 1),
    ]


def test_each_text_has_its_language_mood_and_topic(world: Chain) -> None:
    told = world.ask(
        "select source_record_id, language, sentiment, topic from marts.fct_texts "
        "where text_kind = 'message' order by occurred_at"
    )
    first = "angry, then thankful"
    assert told == [
        (first, "de", "negative", "login"),
        (first, "de", "negative", "login"),
        (first, "de", "positive", None),
        ("asked in English", "en", "neutral", "price"),
        ("in a language that is not told", "und", None, None),
    ]


def test_a_subject_tells_what_a_ticket_is_about(world: Chain) -> None:
    assert world.ask(
        "select texts.language, texts.topic, conversations.topic from marts.fct_texts as texts "
        "inner join marts.fct_conversations as conversations using (conversation_id) "
        "where texts.text_kind = 'subject'"
    ) == [("de", "billing", "billing")]


def test_a_conversation_is_told_by_most_of_its_texts(world: Chain) -> None:
    told = world.ask(
        "select source_record_id, language, sentiment, scored_text_count, topic "
        "from marts.fct_conversations where conversation_type = 'chat' order by started_at"
    )
    assert told == [
        ("angry, then thankful", "de", "negative", 3, "login"),
        ("asked in English", "en", "neutral", 1, "price"),
        ("in a language that is not told", None, None, 0, None),
    ]
    ((mean, expected),) = world.ask(
        "select any_value(conversations.sentiment_score), avg(texts.sentiment_score) "
        "from marts.fct_texts as texts inner join marts.fct_conversations as conversations "
        "using (conversation_id) where conversations.source_record_id = 'angry, then thankful'"
    )
    assert mean == pytest.approx(expected)
    assert mean < 0


def test_a_topic_counts_its_texts_and_names_the_newest(world: Chain) -> None:
    ((label, found, count, examples),) = world.ask(
        "select label_de, is_found, text_count, example_text_ids from marts.dim_topics "
        "where topic = 'login'"
    )
    assert (label, found, count) == ("Anmeldung und Zugang", False, 2)
    newest = world.ask(
        "select text_id from marts.fct_texts where topic = 'login' order by occurred_at desc"
    )
    assert examples == [text_id for (text_id,) in newest]


def test_every_check_of_these_tables_passes(world: Chain) -> None:
    for name in ("texts", "topic", "conversations_told"):
        assert world.failing(name) == {}
