"""Service, as its readers meet it: figures with cases, chats and tickets apart, what is behind them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from dashboards.queries import service
from tests.dashboards.reading import metrics, tables, texts
from tests.dashboards.warehouse_fixture import publish
from tests.dashboards.worked_example import ANNA, AS_OF, MONTHS, TESTER, at, metric, rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dashboards.conftest import Visit

PAGE = "service_quality.py"


def figure(name: str, value: float, below: float | None = None, **more: Any) -> dict[str, Any]:
    """Return a figure of May that is ripe."""
    given: dict[str, Any] = {"step": "solve_problem", "ripe_from": date(2026, 6, 1)} | more
    return metric(name, 5, value, below, **given)


def talk(name: str, customer_id: str | None, **more: Any) -> dict[str, Any]:
    """Return a chat of Anna's company that was solved in time."""
    return {
        "conversation_id": name,
        "customer_id": customer_id,
        "source": "tawk",
        "channel": "chat",
        "status": "resolved",
        "started_at": at(5, 2),
        "first_response_business_seconds": 60,
        "resolution_business_seconds": 600,
        "is_first_response_in_target": True,
        "is_resolution_in_target": True,
        "is_followed_up": False,
        "topic": "outage",
    } | more


TALKS = [
    talk("solved", ANNA),
    talk("late", ANNA, is_first_response_in_target=False, first_response_business_seconds=900),
    talk("came_back", ANNA, channel="email", is_followed_up=True),
    talk("open", None, status="open", is_resolution_in_target=None, topic=None),
    talk("staff", TESTER),
    # June by the company's clock
    talk("next_month", ANNA, started_at=at(5, 31, 22)),
]


@pytest.fixture
def served(kette_home: Path) -> Path:
    """Publish a May with enough chats and too few tickets to be told."""
    known = rows()
    people = [
        {**person, "is_internal": person["customer_id"] == TESTER}
        for person in known["marts.dim_customers"]
    ]
    return publish(
        known
        | {
            "marts.dim_customers": people,
            "marts.fct_conversations": TALKS,
            "metrics.mtr_support_monthly": [
                figure("conversations", 12),
                figure("conversations", 10, channel="chat"),
                figure("conversations", 2, channel="email"),
                figure("sla_met_rate", 6, 8),
                figure("bot_solved_return_rate", 1, 4),
                figure("cost_per_contact", 57.5, 10),
                figure("first_response_sla_met_rate", 5, 10),
                figure("first_response_sla_met_rate", 4, 8, channel="chat"),
                figure("first_contact_resolution_rate", 4, 5, ripe_from=date(2026, 6, 8)),
                figure("chat_first_response_business_seconds_median", 120, cases=10),
                figure(
                    "chat_first_response_business_seconds_median", 120, cases=10, channel="chat"
                ),
                figure("ticket_first_response_business_seconds_median", 7200, cases=2),
            ],
            "metrics.mtr_contact_reasons_monthly": [
                {
                    "period_start": MONTHS[5],
                    "topic": "outage",
                    "conversation_count": 9,
                    "judged_count": 6,
                    "negative_count": 3,
                    "solved_count": 6,
                    "known_count": 4,
                    "followed_up_count": 1,
                },
                {
                    "period_start": MONTHS[5],
                    "topic": "unknown",
                    "conversation_count": 3,
                    "judged_count": 0,
                    "negative_count": 0,
                    "solved_count": 0,
                    "known_count": 0,
                    "followed_up_count": 0,
                },
            ],
            "metrics.mtr_backlog_ages_monthly": [
                {"period_start": MONTHS[5], "age_band": "over_30_days", "conversation_count": 2}
            ],
        },
        as_of=AS_OF,
    )


def test_headlines_have_their_interval_and_few_cases_are_not_told(
    served: Path, visit: Visit
) -> None:
    app = visit(PAGE)
    assert not app.exception
    told = metrics(app)
    assert told["Service targets met"] == "75.0%"
    # Wilson's interval of 6 of 8
    assert any("40.9%–92.9%" in text and "n = 8" in text for text in texts(app))
    assert told["Solved by a bot but came back"] == "too few"
    assert told["Cost per contact"] == "€5.75"
    assert any("examples: put in your own" in text for text in texts(app))


def test_chats_and_tickets_are_told_apart_and_what_is_not_ripe_is_marked(
    served: Path, visit: Visit
) -> None:
    told = tables(visit(PAGE))
    assert "Chat | 2 min (n = 10)" in told
    assert "All channels | too few" in told
    assert "All channels | 50.0% (n = 10)" in told
    assert "80.0% (n = 5), can still change" in told


def test_reasons_are_told_with_their_share(served: Path, visit: Visit) -> None:
    told = tables(visit(PAGE))
    # nine of twelve; six of nine solved; of four known persons too few to say
    assert "Outage | 9 | 75.0% | 66.7% (n = 9) | too few" in told
    assert "Not known | 3 | 25.0% | too few | too few" in told


@pytest.mark.parametrize(
    ("channel", "kind", "found"),
    [
        ("all", "all", ["came_back", "late", "open", "solved"]),
        ("all", "late", ["late"]),
        ("all", "unsolved", ["open"]),
        ("all", "returned", ["came_back"]),
        ("email", "all", ["came_back"]),
        ("email", "late", []),
    ],
)
def test_the_conversations_behind_are_those_of_the_month_and_nobodys_of_our_own(
    channel: str, kind: str, found: list[str], served: Path, visit: Visit
) -> None:
    visit(PAGE)
    listed = service.behind(str(served), MONTHS[5], "Europe/Berlin", channel, kind)
    assert sorted(row["conversation_id"] for row in listed) == found


def test_a_conversation_leads_to_its_person(served: Path, visit: Visit) -> None:
    app = visit(PAGE, "en", list="late")
    assert not app.exception
    links = [link.proto for link in app.get("page_link")]
    assert [link.query_string for link in links] == [f"customer={ANNA}"]
    assert any("15 min" in text for text in texts(app))
