"""Business hours, targets and costs on the whole way from a ticket to its figures; worked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.chain.raw import small_world

if TYPE_CHECKING:
    from tests.chain.build import Chain


def ticket(number: str, asked: str, answered: str | None, **properties: str) -> dict[str, Any]:
    """Return a ticket of HubSpot by e-mail; moments in UTC."""
    return {
        "id": number,
        "created_at": asked,
        "updated_at": asked,
        "archived": False,
        "properties": {
            "createdate": asked,
            "source_type": "EMAIL",
            "hs_pipeline": "0",
            "subject": "Rechnung",
            **({"first_agent_reply_date": answered} if answered else {}),
            **properties,
        },
    }


def world(*tickets: dict[str, Any], only: str, **variables: Any) -> Chain:
    """Return a model built on these tickets, seen on 1 May 2026 in Berlin."""
    return small_world(
        {"hubspot.tickets": tickets},
        today="2026-05-01",
        only=[only],
        business_time_zone="Europe/Berlin",
        **variables,
    )


@pytest.mark.parametrize(
    ("country", "seconds"),
    [
        # Good Friday and Easter Monday are no business days: from Tuesday nine to half past
        ("DE", 30 * 60),
        # without holidays: Friday from ten to six, Monday from nine to six, half an hour of Tuesday
        ("", (8 + 9) * 3600 + 30 * 60),
    ],
)
def test_holidays_of_the_country_are_no_business_days(country: str, seconds: int) -> None:
    easter = ticket("1", "2026-04-03T08:00:00Z", "2026-04-07T07:30:00Z")
    chain = world(easter, only="int_conversations_clocked", business_country=country)

    assert chain.ask(
        "select first_response_business_seconds from intermediate.int_conversations_clocked"
    ) == [(seconds,)]


def test_a_target_of_four_hours_is_met_over_easter_and_missed_on_a_working_day() -> None:
    chain = world(
        ticket("1", "2026-04-03T08:00:00Z", "2026-04-07T07:30:00Z"),
        # Tuesday from nine to a second after one
        ticket("2", "2026-04-14T07:00:00Z", "2026-04-14T11:00:01Z"),
        # asked on Wednesday at five, by now unanswered for more than an hour of Thursday
        ticket("3", "2026-04-29T15:00:00Z", None),
        only="mtr_support_monthly",
    )

    assert chain.ask(
        "select is_first_response_in_target, contact_cost_amount, currency_code "
        "from marts.fct_conversations order by started_at"
    ) == [(True, 5, "EUR"), (False, 5, "EUR"), (False, 5, "EUR")]
    assert chain.ask(
        "select numerator, denominator from metrics.mtr_support_monthly where channel = 'all' "
        "and persona = 'all' and metric = 'first_response_sla_met_rate'"
    ) == [(1, 3)]
    # what contacts cost tells the currency where no other system does
    assert chain.ask(
        "select numerator, denominator from metrics.mtr_support_monthly where channel = 'all' "
        "and persona = 'all' and metric = 'cost_per_contact'"
    ) == [(15, 3)]
    assert chain.failing("business_hours") == {}


def test_without_a_conversation_there_is_nothing_to_tell() -> None:
    chain = world(only="int_conversations_clocked")

    assert chain.ask("select count(*) from intermediate.int_conversations_clocked") == [(0,)]
    assert chain.ask("select count(*) from intermediate.int_holidays_listed") == [(0,)]
