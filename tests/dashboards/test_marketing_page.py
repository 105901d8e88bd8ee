"""Marketing, as its readers meet it: what a channel brought and cost, how sure, and customers' value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.dashboards import worked_marketing
from tests.dashboards.reading import tables, texts
from tests.dashboards.warehouse_fixture import publish
from tests.dashboards.worked_example import AS_OF, rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dashboards.conftest import Visit

PAGE = "marketing_channels.py"


def test_a_channel_is_told_with_what_it_brought_and_cost(full: Path, visit: Visit) -> None:
    shown = tables(visit(PAGE))

    # 1,300 / 6.5 and 2,600 / 1,300
    assert "Paid search | 130 | 6.5 | 7 | €2,600 | €1,300 | €200 | 2.00 | 1–2 (30% to 65%)" in shown
    assert "E-mail | 40 | 3.0 | 3 | €240 | – | – | – | 1–3 (5% to 100%)" in shown
    # one conversion says nothing of what one costs
    assert "Paid social | – | 0.5 | 1 | €60 | €90 | too few | too few | 2–3 (0% to 5%)" in shown
    # 1,390 / 7 and 2,660 / 1,390: what came by itself makes no paid channel cheaper
    assert "All | 170 | 10.0 | 10 | €2,900 | €1,390 | €199 | 1.91 | " in shown


def test_another_model_shares_out_otherwise(full: Path, visit: Visit) -> None:
    shown = tables(visit(PAGE, model="first"))

    assert "E-mail | 40 | 10.0 | 10 | €2,900 | – | – | – | 1–3 (5% to 100%)" in shown
    assert "Paid search" not in shown


def test_another_kind_of_conversion_has_its_own_figures(full: Path, visit: Visit) -> None:
    app = visit(PAGE, kind="sign_up")

    assert not app.exception
    # sign-ups have no amount
    assert "E-mail | 40 | 4.0 | 4 | – | – | – | – | –" in tables(app)


def test_what_depends_on_the_model_is_said_in_words(full: Path, visit: Visit) -> None:
    shown = [text.replace("\\", "") for text in texts(visit(PAGE))]

    assert any(
        "30 combinations" in text
        and "give or take one: Paid search, Paid social." in text
        and "do not move a budget by it alone: E-mail." in text
        for text in shown
    )


def test_mails_are_told_with_their_interval_and_what_can_change(full: Path, visit: Visit) -> None:
    shown = tables(visit(PAGE))

    # Wilson's interval of 80 of 200
    assert "Campaign e-mails | 200 |  | 200 | " in shown
    assert "Open rate | 40.0% | 33.5% – 46.9% | 200 | can still change" in shown


def test_customers_value_is_told_by_channel_with_what_came_of_it(full: Path, visit: Visit) -> None:
    app = visit(PAGE)

    assert "E-mail | 10 | €1,200 | €1,000 – €1,500 | €12,000" in tables(app)
    assert "Direct | 2 | too few |  | " in tables(app)
    assert "All | 12 | €1,075 | €892 – €1,333 | €12,900" in tables(app)
    assert any("9 accounts were expected to stay, 9 did." in text for text in texts(app))


def test_where_nothing_can_be_said_the_reason_and_what_is_missing_stand_there(
    full: Path, visit: Visit
) -> None:
    german = texts(visit(PAGE, "de"))

    assert "Zu wenige Personen haben bestellt: 80 fehlen." in german


def test_without_conversions_customers_are_not_asked_for(kette_home: Path, visit: Visit) -> None:
    publish(
        {**rows(), **worked_marketing.rows(), "metrics.mtr_attribution_monthly": []}, as_of=AS_OF
    )

    app = visit(PAGE)

    assert not app.exception
    assert any("There are no sign-ups, orders or payments yet." in text for text in texts(app))
