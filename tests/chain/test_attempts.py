"""Checkouts and forms that were given up, from what the product exports to the mart; worked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.chain.raw import small_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.chain.build import Chain

# what the product saw of each on days of January 2026
SEEN = {
    # gives up beside a slow page, and pays the next day but one
    "mia": [("Plan Selected", "05T10:00:00"), ("Checkout Started", "05T10:02:00"),
            ("Page Slow", "05T10:02:30"), ("Checkout Started", "07T09:00:00"),
            ("Payment Completed", "07T09:03:00")],
    # opens the form and goes; the slow page of the evening has nothing to do with it
    "tom": [("Page Viewed", "05T10:00:00"), ("Page Slow", "05T18:00:00")],
    # is in the checkout when the day ends
    "ida": [("Checkout Started", "09T20:00:00")],
}  # fmt: skip


def events() -> Iterator[dict[str, Any]]:
    """Yield what Mixpanel exports of them."""
    for number, (who, name, moment) in enumerate(
        (who, name, moment) for who, seen in SEEN.items() for name, moment in seen
    ):
        yield {
            "event_key": f"key{number}",
            "event": name,
            "occurred_at": f"2026-01-{moment}Z",
            "export_date": f"2026-01-{moment[:2]}",
            "distinct_id": f"usr_{who}",
            "insert_id": f"insert{number}",
            "processed_at": f"2026-01-{moment}Z",
            "properties": {
                "distinct_id": f"usr_{who}",
                "$user_id": f"usr_{who}",
                "mp_lib": "web",
                "$current_url": "https://shop.example/signup",
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
                    "properties": {"$email": f"{who}@{who}.example", "$created": "2026-01-01"},
                }
                for who in SEEN
            ],
        },
        today="2026-01-10",
        only=["fct_attempts", "dim_customers"],
        business_time_zone="UTC",
    )


def test_what_is_given_up_says_where_and_beside_what(world: Chain) -> None:
    found = world.ask(
        """
        select
            split_part(persons.email, '@', 1), attempts.attempt_kind, attempts.outcome,
            attempts.last_touchpoint, attempts.friction_touchpoint,
            strftime(attempts.began_again_at, '%d'), strftime(attempts.completed_later_at, '%d')
        from marts.fct_attempts as attempts
        inner join marts.dim_customers as persons using (customer_id)
        order by attempts.started_at, 1
        """
    )

    assert found == [
        ("mia", "checkout", "abandoned", "checkout_started", "page_slow", "07", "07"),
        ("tom", "sign_up", "abandoned", "page_viewed:/signup", None, None, None),
        ("mia", "checkout", "completed", "checkout_started", None, None, None),
        ("ida", "checkout", "open", "checkout_started", None, None, None),
    ]
