"""What a conversation is: who began it, who answered, when it was solved; worked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.chain.raw import small_world

if TYPE_CHECKING:
    from tests.chain.build import Chain

Message = tuple[str, str, str]  # who writes, when in March 2026, what
BOT, AGENT, NOTE = "Hofbot", "Mara Lind", "note"
CHATS: dict[str, list[Message]] = {
    # question 10:00, last human word 10:10, the program closes it four hours later
    "closed by a program": [
        ("v", "04T10:00:00", "Frage"),
        (AGENT, "04T10:01:00", "Antwort"),
        (AGENT, "04T10:10:00", "Noch etwas?"),
        ("s", "04T14:10:00", "Chat ended due to inactivity"),
    ],
    # the bot asks for a rating the next day
    "rated": [
        ("v", "05T10:00:00", "Frage"),
        (AGENT, "05T10:01:00", "Antwort"),
        (BOT, "06T10:01:00", "Wie war der Chat?"),
    ],
    "greeted by a trigger": [("s", "06T10:00:00", "Willkommen! Fragen?")],
    "greeted by the bot": [(BOT, "07T10:00:00", "Hallo, ich bin der Bot")],
    "greeted by an agent": [(AGENT, "07T11:00:00", "Guten Tag, darf ich helfen?")],
    "solved by the bot": [
        ("v", "08T10:00:00", "Wo finde ich die Rechnung?"),
        (BOT, "08T10:00:05", "Unter Konto > Rechnungen"),
        ("v", "08T10:01:00", "Danke, gefunden!"),
    ],
    "left alone with the bot": [
        ("v", "08T11:00:00", "Wo finde ich die Rechnung?"),
        (BOT, "08T11:00:05", "Gerade ist niemand da"),
        ("v", "08T11:01:00", "Hallo???"),
    ],
    "unanswered last question": [
        ("v", "09T10:00:00", "Hallo"),
        (AGENT, "09T10:01:00", "Guten Tag"),
        ("v", "09T10:02:00", "Warum wurde doppelt abgebucht?"),
        ("v", "09T10:30:00", "Hallo???"),
    ],
    # what agents write to each other answers nothing
    "noted": [
        ("v", "11T10:00:00", "Wo bleibt die Lieferung?"),
        (NOTE, "11T10:05:00", "Das Lager weiß Bescheid"),
    ],
    "noted before the answer": [
        ("v", "12T10:00:00", "Wo bleibt die Lieferung?"),
        (NOTE, "12T10:00:30", "Ich frage im Lager"),
        (AGENT, "12T10:02:00", "Sie kommt morgen"),
        (NOTE, "12T11:00:00", "Das Lager weiß Bescheid"),
    ],
    "thanked": [
        ("v", "10T10:00:00", "Hallo"),
        (AGENT, "10T10:02:00", "Guten Tag, erledigt"),
        ("v", "10T10:03:00", "Vielen Dank!"),
    ],
}


def chat(name: str, messages: list[Message]) -> dict[str, Any]:
    """Return a chat as tawk.to lists it."""
    began = f"2026-03-{messages[0][1]}Z"
    senders = {"v": {"t": "v"}, "s": {"t": "s"}, NOTE: {"t": "a", "n": AGENT, "id": AGENT}}
    return {
        "property_id": "prop1",
        "chat_id": name,
        "created_at": began,
        "updated_at": f"2026-03-{messages[-1][1]}Z",
        "payload": {
            "id": name,
            "visitor": {"id": f"visitor of {name}"},
            "createdOn": began,
            "messages": [
                {
                    "sender": senders.get(who, {"t": "a", "n": who, "id": who}),
                    "type": "note" if who == NOTE else "msg",
                    "msg": text,
                    "time": f"2026-03-{when}Z",
                }
                for who, when, text in messages
            ],
        },
    }


def ticket(number: str, **properties: str) -> dict[str, Any]:
    """Return a ticket of HubSpot that began on 2 March at eight."""
    return {
        "id": number,
        "created_at": "2026-03-02T08:00:00Z",
        "updated_at": "2026-03-04T08:00:00Z",
        "archived": False,
        "properties": {
            "createdate": "2026-03-02T08:00:00.000Z",
            "source_type": "EMAIL",
            "hs_pipeline": "0",
            "closed_date": "2026-03-03T08:00:00.000Z",
            "first_agent_reply_date": "2026-03-02T09:00:00.000Z",
            **properties,
        },
    }


@pytest.fixture(scope="module")
def world() -> Chain:
    return small_world(
        {
            "tawk.chats": [chat(name, messages) for name, messages in CHATS.items()],
            "hubspot.tickets": [
                ticket("801", hs_pipeline_stage="2", hs_is_closed="false"),
                ticket("802", hs_pipeline_stage="4", hs_is_closed="true"),
                # the vendor does not send the flag: the stage tells, and where it is the
                # company's own, the date
                ticket("803", hs_pipeline_stage="1"),
                ticket("804", hs_pipeline_stage="4"),
                ticket("805", hs_pipeline_stage="99017"),
            ],
            "salesforce.cases": [
                {
                    "id": f"case {number}",
                    "created_at": "2026-03-02T08:00:00Z",
                    "system_modstamp": "2026-03-04T08:00:00Z",
                    "is_deleted": False,
                    "payload": {"IsClosed": is_closed, "ClosedDate": "2026-03-03T08:00:00.000Z"},
                }
                for number, is_closed in ((1, False), (2, True))
            ],
        },
        today="2026-04-02",
        seeds={"automated_agents": [{"source": "tawk", "agent_name": BOT}]},
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("closed by a program", ("resolved", 60, 600)),
        ("rated", ("resolved", 60, 60)),
        ("solved by the bot", ("bot_solved", None, 60)),
        ("left alone with the bot", ("missed", None, None)),
        ("unanswered last question", ("open", 60, None)),
        ("noted", ("missed", None, None)),
        ("noted before the answer", ("resolved", 120, 120)),
        ("thanked", ("resolved", 120, 180)),
        ("801", ("open", 3600, None)),
        ("802", ("resolved", 3600, 86400)),
        ("803", ("open", 3600, None)),
        ("804", ("resolved", 3600, 86400)),
        ("805", ("resolved", 3600, 86400)),
        ("case 1", ("open", None, None)),
        ("case 2", ("resolved", None, 86400)),
    ],
)
def test_a_conversation_is_solved_by_the_last_word_that_a_human_waits_for(
    world: Chain, name: str, expected: tuple[Any, ...]
) -> None:
    assert world.ask(
        "select status, first_response_seconds, resolution_seconds from marts.fct_conversations "
        "where source_record_id = ?",
        name,
    ) == [expected]


def test_a_greeting_that_nobody_took_up_is_an_offer_and_no_conversation(world: Chain) -> None:
    greeted = {name for name in CHATS if name.startswith("greeted")}
    began = {row[0] for row in world.ask("select source_record_id from marts.fct_conversations")}
    assert began & CHATS.keys() == CHATS.keys() - greeted
    assert world.ask(
        "select source_record_id, direction from marts.fct_touchpoints "
        "where touchpoint = 'chat_offered' order by 1"
    ) == [(name, "outbound") for name in sorted(greeted)]


def test_a_note_among_agents_is_nothing_that_the_customer_was_told(world: Chain) -> None:
    assert world.ask(
        """
        select source_record_id, message_count, count(*)
        from marts.fct_conversations inner join marts.fct_messages using (conversation_id)
        where source_record_id like 'noted%' group by all order by 1
        """
    ) == [("noted", 1, 1), ("noted before the answer", 2, 2)]


def test_missed_and_solved_by_a_bot_are_told_apart(world: Chain) -> None:
    shares = """
        select metric, numerator, denominator from metrics.mtr_support_monthly
        where channel = 'all' and persona = 'all' and metric in ('missed_chat_rate', 'bot_solved_chat_rate')
        order by metric
        """
    # eight chats that customers began: two were left alone, one was solved by the bot
    assert world.ask(shares) == [("bot_solved_chat_rate", 1, 8), ("missed_chat_rate", 2, 8)]


def test_figures_of_conversations_are_of_no_single_phase(world: Chain) -> None:
    # nobody here has bought anything: none of these conversations is one of a customer
    assert world.ask("select distinct journey_phase from metrics.mtr_support_monthly") == [("all",)]


def test_each_time_says_of_how_many_conversations_it_speaks(world: Chain) -> None:
    found = world.ask(
        """
        select metric, channel, numerator, sample_size, population_size
        from metrics.mtr_support_monthly
        where
            persona = 'all'
            and (metric like '%response_seconds_median' or metric like '%resolution_seconds_median')
        order by all
        """
    )
    # answered chats: 60, 60, 60, 120, 120 of eight; solved ones: 60, 60, 120, 180, 600
    # tickets: five times an hour, and two cases that do not tell
    assert [row for row in found if row[1] == "all"] == [
        ("chat_first_response_seconds_median", "all", 60, 5, 8),
        ("chat_resolution_seconds_median", "all", 120, 5, 8),
        ("first_response_seconds_median", "all", (120 + 3600) / 2, 10, 15),
        ("resolution_seconds_median", "all", 600, 9, 15),
        ("ticket_first_response_seconds_median", "all", 3600, 5, 7),
        ("ticket_resolution_seconds_median", "all", 86400, 4, 7),
    ]
