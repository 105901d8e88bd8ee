"""A small publication in which one person is explained and another is somebody else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ingestion.control.decisions import Identifier
from tests.dashboards.warehouse_fixture import publish

USER = Identifier("user_id", "mixpanel", "u1")
DEVICE = Identifier("device_id", "mixpanel", "d1")
EMAIL = Identifier("email", "global", "mia@firm.example")
CONTACT = Identifier("crm_contact_id", "hubspot", "12")
OTHER_USER = Identifier("user_id", "mixpanel", "u2")
OTHER_SHOP = Identifier("user_id", "shop", "u2")
NOBODY = Identifier("device_id", "mixpanel", "undefined")
COMPANY = Identifier("crm_company_id", "hubspot", "7")
SEEN = datetime(2026, 5, 2, tzinfo=UTC)


def pair(left: Identifier, right: Identifier, **more: Any) -> dict[str, Any]:
    """Return a row about two identifiers."""
    sides = {"left": left, "right": right}
    return {
        f"{side}_{name}": value
        for side, identifier in sides.items()
        for name, value in identifier._asdict().items()
    } | more


def known(customer_id: str, identifier: Identifier) -> dict[str, Any]:
    """Return a row of bridge_customer_identifiers."""
    return {
        "customer_id": customer_id,
        **{f"identifier_{name}": value for name, value in identifier._asdict().items()},
    }


@pytest.fixture
def published() -> None:
    """Publish Mia, who is one person by a chain of three links, and somebody on her device."""
    links = [(EMAIL, USER, 1, True, 1), (CONTACT, EMAIL, 2, True, 1), (DEVICE, USER, 3, True, 1)]
    publish(
        {
            "marts.bridge_customer_identifiers": [
                *(known("c_mia", each) for each in (USER, DEVICE, EMAIL, CONTACT)),
                *(known("c_tom", each) for each in (OTHER_USER, OTHER_SHOP)),
            ],
            "marts.bridge_account_identifiers": [
                {
                    "account_id": "a_1",
                    **{f"identifier_{name}": text for name, text in COMPANY._asdict().items()},
                }
            ],
            "marts.bridge_identity_links": [
                pair(
                    *link[:2],
                    customer_id="c_mia",
                    strength_rank=link[2],
                    is_backbone=True,
                    is_bridge=link[3],
                    split_size=link[4],
                )
                for link in links
            ],
            "marts.bridge_identity_evidence": [
                pair(
                    *link[:2],
                    customer_id="c_mia",
                    source="mixpanel",
                    kind="login",
                    last_seen_at=SEEN,
                    evidence_count=4,
                )
                for link in links
            ],
            "marts.bridge_identity_refused_links": [
                pair(
                    DEVICE,
                    OTHER_USER,
                    evidence_id="e1",
                    left_customer_id="c_mia",
                    right_customer_id="c_tom",
                    source="mixpanel",
                    kind="login",
                    evidence_count=2,
                    refusal_reason="shared_identifier",
                ),
                *(
                    pair(
                        USER,
                        NOBODY,
                        evidence_id=f"b{number}",
                        left_customer_id="c_mia",
                        right_customer_id="c_none",
                        source="mixpanel",
                        kind=kind,
                        evidence_count=1,
                        refusal_reason="blocked_value",
                    )
                    for number, kind in enumerate(("login", "alias"))
                ),
            ],
        },
        as_of=date(2026, 6, 1),
    )
