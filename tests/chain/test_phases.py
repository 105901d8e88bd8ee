"""The phase that somebody is in: what the words say, on the day asked for; worked by hand."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.chain.raw import small_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chain.build import Chain

# one person in each company
PAYS, TRIES, LEFT, CAME_BACK = "pays", "tries", "left", "cameback"
# what the product saw of each in 2026
SEEN = {
    PAYS: [("Page Viewed", "01-02"), ("Trial Started", "01-05"), ("Report Viewed", "01-06"),
           ("Report Viewed", "02-03"), ("Referral Shared", "03-01")],
    TRIES: [("Trial Started", "01-05"), ("Report Viewed", "01-06"), ("Referral Shared", "03-01")],
    LEFT: [("Trial Started", "01-05"), ("Report Viewed", "02-03"), ("Referral Shared", "03-01"),
           ("Report Viewed", "05-02")],
    CAME_BACK: [("Trial Started", "01-05"), ("Report Viewed", "02-03"), ("Trial Started", "05-10"),
                ("Report Viewed", "06-20")],
}  # fmt: skip
# what each pays a month from a day on, in cents
MOVED = {
    PAYS: [("new_biz", "02-01", 5000)],
    LEFT: [("new_biz", "02-01", 5000), ("churn", "05-01", -5000)],
    CAME_BACK: [
        ("new_biz", "02-01", 5000), ("churn", "05-01", -5000), ("reactivation", "06-10", 5000),
    ],
}  # fmt: skip


def events() -> Iterator[dict[str, Any]]:
    """Yield what Mixpanel exports of them."""
    for number, (who, name, day) in enumerate(
        (who, name, day) for who, seen in SEEN.items() for name, day in seen
    ):
        yield {
            "event_key": f"key{number}",
            "event": name,
            "occurred_at": f"2026-{day}T10:00:00Z",
            "export_date": f"2026-{day}",
            "distinct_id": f"usr_{who}",
            "insert_id": f"insert{number}",
            "processed_at": f"2026-{day}T10:00:01Z",
            "properties": {
                "distinct_id": f"usr_{who}",
                "$user_id": f"usr_{who}",
                "mp_lib": "web",
                "$current_url": "https://shop.example/pricing",
            },
        }


def movements() -> Iterator[dict[str, Any]]:
    """Yield what ChartMogul lists of them."""
    numbers = count()
    for who, moved in MOVED.items():
        total = 0
        for kind, day, cents in moved:
            total += cents
            yield {
                "uuid": f"activity{next(numbers)}",
                "occurred_at": f"2026-{day}T09:00:00Z",
                "activity_month": f"2026-{day[:2]}",
                "customer_uuid": f"cus_{who}",
                "payload": {
                    "type": kind,
                    "date": f"2026-{day}T09:00:00+00:00",
                    "activity-mrr-movement": cents,
                    "activity-mrr": total,
                    "currency": "EUR",
                    "customer-uuid": f"cus_{who}",
                    "customer-external-id": f"acc_{who}",
                },
            }


@pytest.fixture(scope="module")
def world() -> Chain:
    return small_world(
        {
            "mixpanel.export_events": events(),
            "mixpanel.engage_profiles": [
                {
                    "distinct_id": f"usr_{who}",
                    "properties": {"$email": f"someone@{who}.example", "$created": "2026-01-01"},
                }
                for who in SEEN
            ],
            "chartmogul.customers": [
                {
                    "uuid": f"cus_{who}",
                    "external_id": f"acc_{who}",
                    "payload": {
                        "uuid": f"cus_{who}",
                        "external_id": f"acc_{who}",
                        "external_ids": [f"acc_{who}"],
                        "email": f"someone@{who}.example",
                        "company": who,
                        "website_url": f"https://{who}.example",
                    },
                }
                for who in MOVED
            ],
            "chartmogul.activities": movements(),
        },
        today="2026-07-01",
        business_time_zone="UTC",
    )


@pytest.mark.parametrize(
    ("who", "day", "phase"),
    [
        # a trial is weighing, however much the product is used
        (TRIES, "2026-01-06", "consideration"),
        (TRIES, "2026-06-30", "consideration"),
        (PAYS, "2026-01-02", "consideration"),
        (PAYS, "2026-01-31", "consideration"),
        (PAYS, "2026-02-01", "purchase"),
        (PAYS, "2026-02-03", "retention"),
        (PAYS, "2026-06-30", "advocacy"),
        # whose account has left is no advocate any more, nor does a last look into the product count
        (LEFT, "2026-04-30", "advocacy"),
        (LEFT, "2026-05-01", None),
        (LEFT, "2026-06-30", None),
        # who comes again goes the way anew
        (CAME_BACK, "2026-05-09", None),
        (CAME_BACK, "2026-05-10", "consideration"),
        (CAME_BACK, "2026-06-10", "purchase"),
        (CAME_BACK, "2026-06-30", "retention"),
    ],
)
def test_a_phase_on_a_day_is_what_its_words_say(
    world: Chain, who: str, day: str, phase: str | None
) -> None:
    assert world.ask(
        """
        select states.journey_phase
        from marts.fct_customer_states as states
        inner join marts.dim_customers as persons using (customer_id)
        where persons.email = ? and states.valid_from <= cast(? as date)
        order by states.valid_from desc limit 1
        """,
        f"someone@{who}.example",
        day,
    ) == [(phase,)]


def test_what_is_now_is_the_last_day(world: Chain) -> None:
    assert dict(
        world.ask(
            "select split_part(split_part(email, '@', 2), '.', 1), journey_phase "
            "from marts.dim_customers"
        )
    ) == {PAYS: "advocacy", TRIES: "consideration", LEFT: None, CAME_BACK: "retention"}


def test_nobody_who_never_paid_is_retained_and_every_buyer_can_be(world: Chain) -> None:
    assert world.ask(
        "select journey_phase, sum(numerator), sum(denominator) "
        "from metrics.mtr_journey_monthly "
        "where metric = 'phase_conversion_rate' and channel = 'all' and persona = 'all' "
        "group by all order by 1"
    ) == [("consideration", 4, 5), ("purchase", 4, 4), ("retention", 2, 4)]


def test_a_change_of_the_subscription_is_no_contact(world: Chain) -> None:
    assert world.ask(
        "select distinct channel from metrics.mtr_journey_monthly "
        "where metric = 'touchpoints' and channel != 'all' order by 1"
    ) == [("app",), ("website",)]


def test_the_checks_of_the_project_hold(world: Chain) -> None:
    assert {
        name: rows
        for name, rows in world.failing().items()
        if "phase" in name or "state" in name or "derived" in name or "touchpoint" in name
    } == {}
