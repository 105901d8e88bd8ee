"""What records say of Anna and Nordwind, how well people are known, and who is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.dashboards.worked_example import ANNA, at

if TYPE_CHECKING:
    from datetime import datetime

    from tests.dashboards.warehouse_fixture import Rows

# dlt's number of a load is the second in which it began: 1 June 2026, 5:00 UTC
LOAD = "1780290000.25"


def statement(
    attribute: str,
    rank: int,
    value: str,
    source: str,
    record: tuple[str, str],
    moment: datetime,
    **more: Any,
) -> dict[str, Any]:
    """Return a statement of a record."""
    return {
        "attribute": attribute, "attribute_value": value, "source": source, "record": record[0],
        "record_id": record[1], "load_id": LOAD, "stated_at": moment, "value_count": 1,
        "is_doubtful": False, "survivorship_rank": rank, "is_chosen": rank == 1,
        "is_derived": False, **more,
    }  # fmt: skip


def derived(
    attribute: str,
    rank: int,
    value: str,
    source: str,
    record: tuple[str, str],
    moment: datetime,
    **more: Any,
) -> dict[str, Any]:
    """Return a record from which a value follows."""
    return statement(attribute, rank, value, source, record, moment, is_derived=True, **more)


def quality(
    attribute: str, source: str, valued: int, comparable: int, contrary: int
) -> dict[str, Any]:
    """Return a row of fct_attribute_quality about 40 persons."""
    return {
        "entity": "person", "attribute": attribute, "source": source, "entity_count": 40,
        "valued_count": valued, "comparable_count": comparable, "disagreeing_count": contrary,
        "coverage_rate": valued / 40,
        "disagreement_rate": contrary / comparable if comparable else None,
    }  # fmt: skip


def coverage(source: str, channel: str, touchpoints: int, *counts: int) -> dict[str, Any]:
    """Return a row of fct_touchpoint_coverage."""
    names = ("step", "reasoned", "unexplained", "person", "identified", "persona")
    counted = {f"{name}_count": count for name, count in zip(names, counts, strict=True)}
    return {"source": source, "channel": channel, "touchpoint_count": touchpoints, **counted}


def rows() -> Rows:
    """Return them: the chat knows Anna as Annie, and an archived contact by another name."""
    name = "full_name"
    labelled = {"staff": (2, 100), "test": (0, 0), "bot": (3, 400)}
    before = {"persons": 50, "touchpoints": 2000}
    return {
        "marts.bridge_customer_values": [
            {"customer_id": ANNA, **row}
            for row in (
                statement(name, 3, "Annie", "tawk", ("chat", "chat-1"), at(5, 2)),
                statement(name, 1, "Anna Berg", "hubspot", ("contact", "501"), at(4, 1)),
                statement(name, 2, "ANNA BERG", "mixpanel", ("profile", "u-1001"), at(5, 30)),
                statement(
                    name, 4, "Anna Tal", "trustmary", ("contact", "77"), at(1, 5), is_doubtful=True
                ),
                statement(
                    "country_code", 1, "DE", "mixpanel", ("event", "e9"), at(5, 30), value_count=12
                ),
                derived("journey_phase", 2, "awareness", "mixpanel", ("event", "e1"), at(1, 5)),
                derived("journey_phase", 1, "retention", "mixpanel", ("event", "e2"), at(2, 1)),
                derived(
                    "product_last_used_at",
                    1,
                    "2026-05-30 10:00:00+00",
                    "mixpanel",
                    ("event", "e9"),
                    at(5, 30),
                ),
                derived(
                    "last_nps_score", 1, "9.0", "trustmary", ("survey_response", "r2"), at(5, 2)
                ),
                derived(
                    "last_nps_score", 2, "6.0", "trustmary", ("survey_response", "r1"), at(2, 2)
                ),
                derived("has_analytics_consent", 1, "false", "ga4", ("event", "g1"), at(5, 2)),
                derived(
                    "touchpoint_count",
                    1,
                    "5",
                    "mixpanel",
                    ("event", "e9"),
                    at(5, 30),
                    value_count=3,
                ),
                derived(
                    "touchpoint_count",
                    2,
                    "5",
                    "tawk",
                    ("event", "chat-1"),
                    at(5, 2),
                    value_count=2,
                    load_id=None,
                ),
                derived(
                    "account_mrr_amount",
                    1,
                    "150.00",
                    "chartmogul",
                    ("activity", "m2"),
                    at(3, 10),
                    value_count=2,
                ),
            )
        ],
        "marts.bridge_account_values": [
            {"account_id": "nordwind", **row}
            for row in (
                statement("industry", 1, "Handel", "hubspot", ("company", "9001"), at(3, 3)),
                statement("crm_company_id", 1, "9001", "hubspot", ("company", "9001"), at(3, 3)),
                statement("crm_company_id", 2, "001X", "salesforce", ("company", "001X"), at(3, 3)),
                derived(
                    "mrr_amount",
                    1,
                    "150.00",
                    "chartmogul",
                    ("activity", "m2"),
                    at(3, 10),
                    value_count=2,
                ),
            )
        ],
        "marts.fct_touchpoint_coverage": [
            coverage("all", "all", 200, 150, 40, 10, 180, 120, 60),
            coverage("tawk", "all", 50, 40, 0, 10, 50, 50, 10),
            coverage("tawk", "chat", 50, 40, 0, 10, 50, 50, 10),
            coverage("mixpanel", "all", 150, 110, 40, 0, 130, 70, 50),
            coverage("mixpanel", "website", 100, 60, 40, 0, 80, 20, 0),
            coverage("mixpanel", "unknown", 50, 50, 0, 0, 50, 50, 50),
        ],
        "marts.fct_attribute_quality": [
            quality("full_name", "all", 36, 20, 5),
            quality("full_name", "hubspot", 30, 20, 0),
            quality("full_name", "tawk", 10, 8, 4),
            quality("job_title", "all", 8, 0, 0),
            quality("job_title", "salesforce", 8, 0, 0),
        ],
        "marts.fct_label_effects": [
            {
                "internal_label": label,
                "measure": measure,
                "before_count": before[measure],
                "labelled_count": counts[place],
                "after_count": before[measure] - counts[place],
            }
            for label, counts in labelled.items()
            for place, measure in enumerate(before)
        ],
    }
