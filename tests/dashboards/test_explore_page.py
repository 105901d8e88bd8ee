"""Explore, as its readers meet it: steps that they choose, the question in words, shares with cases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dashboards import warehouse
from dashboards.i18n import TEXTS
from tests.dashboards.reading import metrics, tables, texts
from tests.dashboards.warehouse_fixture import publish
from tests.dashboards.worked_example import AS_OF, at, metric, person

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dashboards.conftest import Visit

PAGE = "journey_explorer.py"
PEOPLE = [f"p{number}" for number in range(1, 6)]


def touch(who: str, touchpoint: str, day: int, *, month: int = 3, **more: Any) -> dict[str, Any]:
    """Return something that a person did by themselves."""
    step = {"signed_up": "choose", "bought": "buy", "used": "use"}[touchpoint]
    return {
        "touchpoint_id": f"{who}-{month}-{day}-{touchpoint}", "customer_id": who,
        "touchpoint": touchpoint, "journey_step": step, "channel": "website", "source": "mixpanel",
        "occurred_at": at(month, day), "is_interaction": True, "direction": "inbound", **more,
    }  # fmt: skip


@pytest.fixture
def done(kette_home: Path) -> Path:
    """Publish five people who signed up in March: two bought within 30 days, one later."""
    people = [person(who, who, None) for who in PEOPLE]
    rows = {
        "marts.dim_customers": [*people, person("staff", "Staff", None, is_internal=True)],
        "marts.fct_touchpoints": [
            *(touch(who, "signed_up", 1) for who in [*PEOPLE, "staff"]),
            touch("p1", "used", 2),
            touch("p1", "bought", 3),
            touch("p2", "bought", 30),
            touch("p3", "bought", 10, month=4),
            touch("p4", "bought", 2, is_interaction=False),
            touch("p5", "bought", 2, direction="outbound"),
            touch("p5", "used", 5, month=4),
        ],
        "marts.dim_touchpoints": [
            {"touchpoint": name, "label_en": english, "label_de": german, "touchpoint_count": 1}
            for name, english, german in (
                ("signed_up", "Signed up", "Registriert"), ("bought", "Bought", "Gekauft"),
                ("used", "Used", "Genutzt"),
            )
        ],
        "metrics.mtr_journey_monthly": [
            metric("touchpoints", month, 5) for month in range(1, 6)
        ],
    }  # fmt: skip
    return publish(rows, as_of=AS_OF)


def test_a_funnel_says_who_got_how_far_within_the_window(done: Path, visit: Visit) -> None:
    app = visit(PAGE, s1="touchpoint:signed_up", s2="touchpoint:bought")
    assert not app.exception
    lines = tables(app).splitlines()
    # Wilson's interval of 2 of 5
    assert lines[1] == (
        "2. Bought | 2 | 40.0% (11.8% – 76.9%) | 40.0% (11.8% – 76.9%) | 15.5 days | 0"
    )
    (words,) = [element.value for element in app.info]
    assert "began with “Signed up” in Jan 2026 – May 2026" in words.replace("\\", "")
    assert "within 30 days" in words
    longer = visit(PAGE, s1="touchpoint:signed_up", s2="touchpoint:bought", window="60d")
    assert "2. Bought | 3 | 60.0%" in tables(longer)


def test_nothing_may_lie_between_the_steps_where_that_was_chosen(done: Path, visit: Visit) -> None:
    app = visit(PAGE, "de", s1="touchpoint:signed_up", s2="touchpoint:bought", order="strict")
    # p1 used it in between
    assert "2. Gekauft | 1 | 20,0" in tables(app)
    assert any("darf kein anderer Kontakt liegen" in element.value for element in app.info)


def test_shares_of_few_people_are_not_told(done: Path, visit: Visit) -> None:
    app = visit(PAGE, s1="touchpoint:used", s2="touchpoint:bought")
    assert "2. Bought | 1 | too few | too few" in tables(app)


def test_retention_marks_what_is_not_over(done: Path, visit: Visit) -> None:
    app = visit(PAGE, view="retention", born="touchpoint:signed_up", returned="any")
    frame = app.dataframe[0].value
    assert list(frame.index) == ["Mar 2026 (5)"]
    # p1 and p2 in March, p3 and p5 in April; May is over when June begins
    cells = [str(cell).replace("\u00a0", " ") for cell in frame.iloc[0]]
    assert cells[:3] == ["40.0% (5)", "40.0% (5)", "0.0% (5)"]
    since = visit(
        PAGE, view="retention", born="touchpoint:signed_up", returned="any", counts="on_or_after"
    )
    # four came back in March or later, two of them in April or later
    assert [str(cell) for cell in since.dataframe[0].value.iloc[0]][:2] == [
        "80.0% (5)",
        "40.0% (5)",
    ]


def test_a_way_is_counted_by_people_and_by_times(done: Path, visit: Visit) -> None:
    app = visit(PAGE, view="paths", s1="touchpoint:signed_up", s2="touchpoint:bought", s3="none")
    shown = metrics(app)
    assert (shown["People who went this way"], shown["Times"]) == ("3", "3")
    # Wilson's interval of 3 of 5
    assert any("60.0% (23.1% – 88.2%) of 5 in contact" in text for text in texts(app))
    near = visit(
        PAGE, view="paths", s1="touchpoint:signed_up", s2="touchpoint:bought", between="7d"
    )
    assert metrics(near)["People who went this way"] == "1"
    # choose to use: p1 and p5; to buy: p2 and p3; p4 did nothing more
    assert "Choose | Buy | 2 | 40.0% (11.8% – 76.9%)" in tables(app)
    assert "Choose | Nothing more | 1 | 20.0%" in tables(app)


def test_a_question_that_takes_too_long_is_stopped_and_said(
    done: Path, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = (
        "with recursive t as (select 1 as n union all select n + 1 from t) select max(n) from t"
    )
    with pytest.raises(warehouse.TooLongError):
        warehouse.limited(str(done), endless, {}, seconds=0.05)
    # the handle answers as before
    assert warehouse.limited(str(done), "select 1 as n", {}) == [{"n": 1}]

    def stopped(*_: object, **__: object) -> None:
        raise warehouse.TooLongError

    monkeypatch.setattr(warehouse, "limited", stopped)
    app = visit(PAGE)
    assert not app.exception
    assert any(TEXTS["en"]["explore.too_long"] in text for text in texts(app))


def test_what_the_address_names_and_nobody_knows_is_as_if_it_were_not_there(
    done: Path, visit: Visit
) -> None:
    app = visit(PAGE, view="'; drop", s1="step:'x", window="1 week", by="country")
    assert not app.exception
    assert not app.error
    assert app.session_state["window"] == "30d"


def test_a_period_ends_with_its_last_month_or_with_what_is_known() -> None:
    from dashboards.queries import exploring

    march = exploring.months(AS_OF.replace(month=1), AS_OF.replace(month=3), AS_OF)
    assert (march.first, march.last) == (AS_OF.replace(month=1), AS_OF.replace(month=3, day=31))
    now = exploring.months(AS_OF, AS_OF, AS_OF + timedelta(days=3))
    assert now.last == AS_OF + timedelta(days=3)
