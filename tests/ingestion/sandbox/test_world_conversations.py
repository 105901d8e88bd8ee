"""The desk's daily life: each kind of conversation occurs, and its truth is what the records say."""

from __future__ import annotations

import secrets
from datetime import date
from typing import TYPE_CHECKING

import pytest

from ingestion.sandbox import world
from ingestion.sandbox.company import names, phrases
from tests.ingestion.sandbox.views import views

if TYPE_CHECKING:
    import duckdb


UNTIL = date(2026, 5, 20)
CLOSING = tuple(phrases.CLOSING.values())
# what asks for nothing when a customer writes it
THANKS = (*phrases.THANKS.values(), *phrases.BACK[-1].values())

# each message with who wrote it to whom: `nobody` is a program
SAID = f"""
    select chat_id, sequence, time_ms, text, case
            when sender = 'v' then 'customer'
            when sender = 'a' and agent_name != '{names.BOT_NAME}' and not is_note then 'agent'
            when is_note then 'note'
            else 'nobody'
        end as who
    from tawk_messages
"""


@pytest.fixture(scope="module")
def company(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> duckdb.DuckDBPyConnection:
    seed = int(request.config.getoption("seed") or secrets.randbelow(1_000_000))
    folder = tmp_path_factory.mktemp(f"seed-{seed}")
    world.generate(folder, customers=2000, months=12, seed=seed, until=UNTIL)
    return views(folder)


@pytest.mark.parametrize(
    ("kind", "of_all", "least", "most"),
    [
        pytest.param(
            "not is_begun_by_customer", "conversation_type = 'chat'", 0.04, 0.20, id="greetings"
        ),
        pytest.param(
            "is_bot_solved",
            "conversation_type = 'chat' and is_begun_by_customer and first_response_s is null",
            0.10,
            0.32,
            id="solved by the bot alone",
        ),
        pytest.param(
            "resolved_s is null",
            "conversation_type = 'chat' and first_response_s is not null",
            0.02,
            0.12,
            id="last question unanswered",
        ),
        pytest.param(
            f"""record_id in (select chat_id from tawk_messages where text in {CLOSING})""",
            "conversation_type = 'chat' and is_begun_by_customer",
            0.20,
            0.40,
            id="closed by a program",
        ),
        pytest.param(
            "record_id in (select chat_id from tawk_messages where is_note)",
            "conversation_type = 'chat' and is_begun_by_customer and first_response_s is null",
            0.04,
            0.22,
            id="notes alone",
        ),
        pytest.param("reopened_count > 0", "source = 'hubspot'", 0.02, 0.12, id="opened again"),
    ],
)
def test_each_kind_of_conversation_occurs_as_often_as_at_a_desk(
    company: duckdb.DuckDBPyConnection, kind: str, of_all: str, least: float, most: float
) -> None:
    ((share, count),) = company.execute(
        f"select avg(({kind})::int), count(*) from truth_conversations where {of_all}"
    ).fetchall()
    assert least < share < most, f"{share} of {count}"


def test_the_customer_began_what_the_customer_wrote_in(company: duckdb.DuckDBPyConnection) -> None:
    assert (
        company.execute(
            f"""
            with began as (
                select chat_id, case
                        when bool_or(who = 'customer') then 'customer'
                        when bool_or(who = 'agent') then 'agent'
                        else 'program'
                    end as began_by
                from ({SAID}) group by all
            )
            select record_id, truth.began_by, is_begun_by_customer, began.began_by
            from truth_conversations as truth inner join began on record_id = chat_id
            where truth.began_by != began.began_by
                or is_begun_by_customer != (began.began_by = 'customer')
            """
        ).fetchall()
        == []
    )


def test_a_chat_is_solved_with_the_last_human_word_once_nobody_waits(
    company: duckdb.DuckDBPyConnection,
) -> None:
    assert (
        company.execute(
            f"""
            with ended as (
                select
                    chat_id,
                    max(time_ms) filter (where who in ('customer', 'agent')) as last_ms,
                    max(time_ms) filter (where who = 'agent') as answered_ms,
                    max(time_ms) filter (
                        where who = 'customer' and (text is null or text not in {THANKS})
                    ) as asked_ms,
                    bool_or(text in {tuple(phrases.THANKS.values())}) as is_thanked,
                from ({SAID}) group by all
            )
            select record_id, resolved_s, last_ms
            from truth_conversations inner join ended on record_id = chat_id
            where is_begun_by_customer and resolved_s is distinct from case
                when is_thanked or answered_ms > asked_ms then last_ms / 1000
            end
            """
        ).fetchall()
        == []
    )


def test_a_ticket_that_is_open_again_keeps_the_date_when_it_was_closed(
    company: duckdb.DuckDBPyConnection,
) -> None:
    told = "properties_json ->>"
    assert (
        company.execute(
            f"""
            select record_id, resolved_s, properties_json
            from truth_conversations as truth inner join hubspot_tickets on record_id = id
            where source = 'hubspot' and (
                (resolved_s is not null) != (({told} '$.hs_pipeline_stage') = '4')
                or resolved_s is not null
                    and abs(resolved_s - epoch(({told} '$.closed_date')::timestamptz)) > 0.001
                or reopened_count > 0 and ({told} '$.closed_date') is null
            )
            """
        ).fetchall()
        == []
    )
