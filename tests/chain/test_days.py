"""A day that a vendor tells without a time stays that day, whatever clock the company lives by."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from tests.chain.raw import small_world

if TYPE_CHECKING:
    from tests.chain.build import Chain

OCTOBER_1 = date(2026, 10, 1)
MIDNIGHT = "2026-10-01T00:00:00.000+0000"
# a day as its own text, and as midnight UTC, in which HubSpot keeps the days that imports bring
HUBSPOT_DAYS = {
    "text": "2026-10-01",
    "seconds": "2026-10-01T00:00:00Z",
    "thousandths": "2026-10-01T00:00:00.000Z",
    "number": "1790812800000",
}


def a_deal(written: str) -> dict[str, str]:
    """Return the properties of a deal that was won."""
    return {"hs_is_closed": "true", "hs_is_closed_won": "true", "closedate": written}


def world(zone: str) -> Chain:
    """Return a world in which everything happened on the first of October, or at its midnight."""
    won = {"IsClosed": True, "IsWon": True, "CloseDate": "2026-10-01", "Amount": 5000}
    lead = {"IsConverted": True, "ConvertedDate": "2026-10-01", "ConvertedContactId": "003A"}
    times = {"StartDateTime": MIDNIGHT, "EndDateTime": MIDNIGHT}
    deals = {**HUBSPOT_DAYS, "moment": "2026-10-01T01:09:44.000Z"}
    return small_world(
        {
            "salesforce.opportunities": [{"id": "006A", "payload": won}],
            "salesforce.leads": [
                {"id": "00QA", "payload": lead, "created_at": "2026-09-01T08:00:00Z"}
            ],
            "salesforce.events": [
                {"id": "whole", "payload": {**times, "IsAllDayEvent": True}},
                # a meeting that began at midnight in London's winter is a moment
                {"id": "meeting", "payload": {**times, "IsAllDayEvent": False}},
            ],
            "hubspot.deals": [
                {"id": name, "properties": a_deal(written)} for name, written in deals.items()
            ],
        },
        today="2026-11-15",
        only=[
            "stg_salesforce__opportunities",
            "stg_salesforce__events",
            "int_salesforce__identity_evidence",
            "stg_hubspot__deals",
        ],
        business_time_zone=zone,
    )


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
def test_a_day_stays_its_day_and_a_moment_its_moment(zone: str) -> None:
    chain = world(zone)

    def days(moment: str, relation: str) -> list[date]:
        found = chain.ask(f"select timezone(?, {moment})::date from {relation}", zone)
        return [day for (day,) in found]

    assert days("closed_at", "staging.stg_salesforce__opportunities") == [OCTOBER_1]
    converted = "intermediate.int_salesforce__identity_evidence where kind = 'lead_conversion'"
    assert days("first_seen_at", converted) == [OCTOBER_1]
    whole = "staging.stg_salesforce__events where event_id = 'whole'"
    assert days("starts_at", whole) == days("ends_at", whole) == [OCTOBER_1]
    deals = "staging.stg_hubspot__deals where deal_id != 'moment'"
    assert days("closed_at", deals) == [OCTOBER_1] * len(HUBSPOT_DAYS)

    moments = chain.ask(
        "select starts_at from staging.stg_salesforce__events where event_id = 'meeting' "
        "union all select closed_at from staging.stg_hubspot__deals where deal_id = 'moment'"
    )
    assert moments == [
        (datetime.fromisoformat("2026-10-01T00:00:00+00:00"),),
        (datetime.fromisoformat("2026-10-01T01:09:44+00:00"),),
    ]
