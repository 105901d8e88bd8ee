"""Accounts, as their owners meet them: which need somebody, found by filters, and each in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dashboards.reading import metrics, texts
from tests.dashboards.warehouse_fixture import publish
from tests.dashboards.worked_example import ANNA, AS_OF, HOSTILE_NAME, at, rows

if TYPE_CHECKING:
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from tests.dashboards.conftest import Visit

PAGE = "account_list.py"


@pytest.fixture
def known(kette_home: Path) -> Path:
    """Publish three accounts: one weak that pays, one strong, one that has left."""
    world = rows()
    more: dict[str, dict[str, Any]] = {
        "nordwind": {
            "is_paying": True, "mrr_amount": 1234.5, "plan_name": "Team", "health_score": 40.0,
            "health_status": "at_risk", "usage_score": 50.0, "payment_score": 0.0,
            "renews_at": at(6, 30),
        },
        "ostwind": {
            "is_paying": True, "mrr_amount": 99.0, "plan_name": "Start", "health_score": 90.0,
            "health_status": "good", "currency_code": "EUR", "account_name": HOSTILE_NAME,
        },
        "suedwind": {"is_paying": False, "customer_since": at(2, 10), "churned_at": at(5, 10)},
    }  # fmt: skip
    accounts = [row | more[row["account_id"]] for row in world["marts.dim_accounts"]]
    signals: dict[str, dict[str, Any]] = {
        "nordwind": {
            "health_change": -30.4, "last_seen_at": at(5, 30), "open_conversation_count": 2,
            "open_score_count": 1, "last_nps_score": 4.0, "last_nps_at": at(5, 2),
        },
        "ostwind": {"open_conversation_count": 0, "open_score_count": 0},
        "suedwind": {"open_conversation_count": 0, "open_score_count": 0},
    }  # fmt: skip
    told = [{"account_id": number, **each} for number, each in signals.items()]
    return publish(
        world | {"marts.dim_accounts": accounts, "marts.fct_account_signals": told}, as_of=AS_OF
    )


def companies(app: AppTest) -> list[str]:
    """Return the names in the table, in their order."""
    return [str(name) for name in app.dataframe[0].value.iloc[:, 0]] if app.dataframe else []


def test_paying_accounts_come_with_the_weakest_first(known: Path, visit: Visit) -> None:
    app = visit(PAGE)
    assert not app.exception
    assert companies(app) == ["Nordwind GmbH", HOSTILE_NAME]
    row = app.dataframe[0].value.iloc[0]
    assert (row["Health"], row["30 days"], row["Use"], row["Payment"]) == (40, -30.4, 50, 0)
    assert (row["MRR of the account"], row["Open conversations"], row["Last NPS answer"]) == (
        1234.5, 2, 4,
    )  # fmt: skip
    # the day in Berlin, by which the column is sorted
    assert f"{row['Renews on']:%Y-%m-%d}" == "2026-06-30"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"customers": "left"}, ["Südwind AG"]),
        ({"customers": "never"}, []),
        ({"health": "good"}, [HOSTILE_NAME]),
        ({"plan": "Team"}, ["Nordwind GmbH"]),
        ({"owner": "Lena Vogt"}, ["Nordwind GmbH"]),
        ({"customers": "x", "plan": "'; drop table y"}, ["Nordwind GmbH", HOSTILE_NAME]),
    ],
)
def test_filters_of_the_address_choose_the_accounts(
    query: dict[str, str], found: list[str], known: Path, visit: Visit
) -> None:
    app = visit(PAGE, "de", **query)
    assert not app.exception
    assert companies(app) == found


def test_an_account_of_the_address_opens_with_health_people_and_links(
    known: Path, visit: Visit
) -> None:
    app = visit(PAGE, "de", account="nordwind")
    assert not app.exception
    assert [header.value for header in app.header] == ["Nordwind GmbH"]
    shown = metrics(app)
    assert (shown["Zustand"], shown["Nutzung"], shown["Support"], shown["Zahlung"]) == (
        "40", "50", "–", "0",
    )  # fmt: skip
    assert any("-30 in 30 Tagen" in text for text in texts(app))
    assert any("1.234,50" in text for text in texts(app))
    people = app.dataframe[0].value
    assert list(people["Person"]) == ["Anna Berg", "Jonas Müller"]
    assert people["link"][0] == f"customer-profile?customer={ANNA}&lang=de"


@pytest.mark.parametrize("view", ["timeline", "conversations"])
def test_what_happened_and_was_said_lists_the_people_of_the_account(
    view: str, known: Path, visit: Visit
) -> None:
    app = visit(PAGE, account="nordwind", view=view)
    assert not app.exception
    table = "fct_touchpoints" if view == "timeline" else "fct_conversations"
    of_anna = [each for each in rows()[f"marts.{table}"] if each["customer_id"] == ANNA]
    assert list(app.dataframe[0].value["Person"]).count("Anna Berg") == len(of_anna) > 0


def test_the_money_of_an_account_has_its_own_view(known: Path, visit: Visit) -> None:
    app = visit(PAGE, account="nordwind", view="money")
    assert not app.exception
    assert "Invoices" in [subheader.value for subheader in app.subheader]


def test_an_account_that_is_gone_is_told_and_all_are_shown(known: Path, visit: Visit) -> None:
    app = visit(PAGE, account="a_before")
    assert any("not there any more" in warning.value for warning in app.warning)
    assert companies(app) == ["Nordwind GmbH", HOSTILE_NAME]
